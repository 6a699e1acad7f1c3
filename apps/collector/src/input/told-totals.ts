/** What a capture has told of its living flows: it tells totals, of which only what is new may be added anywhere. */
import { FLOW_NUMBERS, flowNumber, type PacketFlow } from '@packetless/capture';
import type { Counted } from '../packet-observations.js';

const FIRST_CAPACITY = 1024;
/** Of client and server, bytes and packets. */
const TOTALS = 4;

/** Forty bytes a flow: objects would be five times as large, and a million of them keep the garbage collector busy. */
export class ToldTotals {
  /** By the flows' numbers: whose totals stand there, as its id; ids begin above 0. */
  #ids = new Float64Array(FIRST_CAPACITY);
  #totals = new Float64Array(FIRST_CAPACITY * TOTALS);

  /** What is new since the last telling of this flow. */
  take({ id, client, server, ended }: PacketFlow): Counted {
    const number = flowNumber(id);
    if (number >= this.#ids.length) this.#grow(number);
    const at = number * TOTALS;
    const totals = this.#totals;
    // Another flow had this number before.
    if (this.#ids[number] !== id) totals.fill(0, at, at + TOTALS);
    const counted = {
      clientBytes: client.bytes - totals[at]!,
      clientPackets: client.packets - totals[at + 1]!,
      serverBytes: server.bytes - totals[at + 2]!,
      serverPackets: server.packets - totals[at + 3]!,
    };
    this.#ids[number] = ended === null ? id : 0;
    totals[at] = client.bytes;
    totals[at + 1] = client.packets;
    totals[at + 2] = server.bytes;
    totals[at + 3] = server.packets;
    return counted;
  }

  #grow(number: number): void {
    let capacity = this.#ids.length;
    while (capacity <= number) capacity *= 2;
    capacity = Math.min(capacity, FLOW_NUMBERS);
    const [ids, totals] = [this.#ids, this.#totals];
    this.#ids = new Float64Array(capacity);
    this.#ids.set(ids);
    this.#totals = new Float64Array(capacity * TOTALS);
    this.#totals.set(totals);
  }
}
