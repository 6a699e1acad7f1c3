/** One run of the agent in a virtual machine. */
export interface Run {
  readonly title: string;
  /** For the agent. */
  readonly arguments: readonly string[];
  /** Commands that change the machine before, by a shell. */
  readonly prepare?: string;
}
