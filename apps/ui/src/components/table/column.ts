/** A column of a table, and what the server sorts by it. */
export interface Column<Field extends string> {
  readonly key: string;
  readonly title: string;
  readonly sort: Field | null;
  readonly explanation: string;
  readonly numeric: boolean;
}
