/** A container as one agent tells of it: one object for all flows, sockets and interfaces that are its. */
import type { Container, Witness } from '@packetless/model';

export class KnownContainer {
  readonly id: string;
  /** How many identities and interfaces have it. */
  uses = 0;
  #description: Container;
  #revision = 0;

  constructor(
    /** Who told of it. */
    public witness: Witness,
    description: Container,
    /** Collector's clock, when last something was told of it. */
    public heardAt: number,
    /** The registry has it, so that what is learnt of it later gets here. */
    readonly isListed: boolean,
  ) {
    this.id = description.id;
    this.#description = description;
  }

  /** What is known of it now. */
  get description(): Container {
    return this.#description;
  }

  /** Of the registry when the description changed last. */
  get revision(): number {
    return this.#revision;
  }

  describe(description: Container, revision: number): void {
    this.#description = description;
    this.#revision = revision;
  }

  /** More than its id is known. */
  get isNamed(): boolean {
    return this.#description.name !== null || this.#description.pod !== null;
  }

  isSame(other: KnownContainer): boolean {
    return this === other || (this.id === other.id && this.witness.id === other.witness.id);
  }
}
