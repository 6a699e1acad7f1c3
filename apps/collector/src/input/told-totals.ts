/** What a capture has told of its living flows: it tells totals, of which only what is new may be added anywhere. */
import { FLOW_NUMBERS, flowNumber, type PacketFlow, type PacketSide } from '@packetless/capture';
import type { Counted } from '../packet-observations.js';

const FIRST_CAPACITY = 1024;
/** Bytes and packets of an end, of both of them. */
const SIDE = 2;
const TOTALS = 2 * SIDE;

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
    const [ofClient, ofServer] = comesFirst(client, server) ? [at, at + SIDE] : [at + SIDE, at];
    const counted = {
      clientBytes: client.bytes - totals[ofClient]!,
      clientPackets: client.packets - totals[ofClient + 1]!,
      serverBytes: server.bytes - totals[ofServer]!,
      serverPackets: server.packets - totals[ofServer + 1]!,
    };
    this.#ids[number] = ended === null ? id : 0;
    totals[ofClient] = client.bytes;
    totals[ofClient + 1] = client.packets;
    totals[ofServer] = server.bytes;
    totals[ofServer + 1] = server.packets;
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

/** Which end is the client may turn out later; which one comes first does not change. */
function comesFirst(one: PacketSide, other: PacketSide): boolean {
  return one.address === other.address ? one.port < other.port : one.address < other.address;
}
