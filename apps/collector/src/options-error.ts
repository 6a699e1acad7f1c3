/** Wrong arguments; the message says which, why, and what to write instead. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}
