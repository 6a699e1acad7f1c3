/** What is wrong with a filter text, said so that it can be shown under the place where it is. */
export class FilterError extends Error {
  /** @param position where in the text, counted in characters from 0 */
  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
    this.name = 'FilterError';
  }
}
