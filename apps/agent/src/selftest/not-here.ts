/** This host does not have what a row needs; the message says what is missing. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
}
