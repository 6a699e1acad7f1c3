/** What `top --help` prints. */
export const TOP_MANUAL = '';
