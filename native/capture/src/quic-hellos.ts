/** ClientHellos that come in several datagrams, in any order, of many connections at the same time. */
import { type ClientHello, readClientHello } from './client-hello.js';
import { type CryptoFrame, readInitial } from './quic.js';

/** Connections whose hello is not whole yet; the oldest gives way. */
const MOST_CONNECTIONS = 1024;
/** Of one connection; a hello takes one or two. */
const MOST_DATAGRAMS = 8;

interface Beginning {
  readonly frames: CryptoFrame[];
  datagrams: number;
}

export class QuicHellos {
  readonly #beginnings = new Map<number, Beginning>();

  /** The hello of the flow when this datagram makes it whole, else null. Keeps nothing of `datagram`. */
  add(flow: number, datagram: Uint8Array): ClientHello | null {
    const frames = readInitial(datagram);
    if (frames === null || frames.length === 0) return null;
    const beginning = this.#beginnings.get(flow) ?? { frames: [], datagrams: 0 };
    beginning.frames.push(...frames);
    beginning.datagrams++;
    const hello = readClientHello(stream(beginning.frames));
    if (hello !== null || beginning.datagrams === MOST_DATAGRAMS) {
      this.#beginnings.delete(flow);
      return hello;
    }
    this.#beginnings.set(flow, beginning);
    if (this.#beginnings.size > MOST_CONNECTIONS)
      this.#beginnings.delete(this.#beginnings.keys().next().value!);
    return null;
  }
}

/** The bytes that are there from the beginning on, up to the first that is missing. */
function stream(frames: readonly CryptoFrame[]): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  for (const { offset, data } of [...frames].sort((a, b) => a.offset - b.offset)) {
    if (offset > length) break;
    if (offset + data.length <= length) continue;
    parts.push(data.subarray(length - offset));
    length = offset + data.length;
  }
  return Buffer.concat(parts);
}
