/** Sample messages of other programs, for tests. Not part of the package. */
import { readFileSync } from 'node:fs';
import type { ConversationEvent, Event, EventEndpoint, Process, TcpHealth } from '@packetless/model';
import { encodeHeader } from '../header.js';
import { type Decoded, decodeMessage } from '../message.js';

const DIRECTORY = new URL('../../fixtures/', import.meta.url);
/** When the samples arrive. */
export const RECEIVED_AT = 1_795_400_000_000;

export function readFixture(name: string): Buffer {
  return readFileSync(new URL(name, DIRECTORY));
}

/** A message of topic `flow` with a JSON payload, in layout v1 unless said otherwise. */
export function decodeText(payload: string | Uint8Array, layout: 'v0' | 'v1' | 'v2' = 'v1'): Decoded {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  return decodeMessage([header('flow', layout), bytes], RECEIVED_AT);
}

/** One record, as an object, decoded to exactly one event. */
export function decodeRecord(record: object, layout: 'v0' | 'v1' = 'v1'): ConversationEvent {
  return only(decodeText(JSON.stringify(record), layout));
}

export function decodeFixture(name: string, topic = 'flow', layout: 'v0' | 'v1' = 'v1'): Decoded {
  const version = name.endsWith('.tlv') ? 3 : 2;
  return decodeMessage([header(topic, layout, version), readFixture(name)], RECEIVED_AT);
}

/** Messages of a capture: one {header, payload} pair of hex strings a line. */
export function decodeCapture(name: string): Decoded[] {
  const lines = readFixture(name).toString().trim().split('\n');
  return lines.map((line) => {
    const message = JSON.parse(line) as { header: string; payload: string };
    return decodeMessage(
      [Buffer.from(message.header, 'hex'), Buffer.from(message.payload, 'hex')],
      RECEIVED_AT,
    );
  });
}

/** The only event of a message in which nothing was refused or ignored. */
export function only(decoded: Decoded): ConversationEvent {
  const [event] = decoded.events;
  if (decoded.events.length !== 1 || decoded.rejected.length !== 0 || event === undefined) {
    throw new Error(`not one event: ${JSON.stringify(decoded)}`);
  }
  if (event.type !== 'flow' && event.type !== 'netstat') throw new Error(`${event.type}, not a conversation`);
  return event;
}

/** The only event of another topic, of which nothing was refused. */
export function decodeOnly<Type extends Event['type']>(
  topic: string,
  type: Type,
  payload: string,
): Extract<Event, { type: Type }> {
  const decoded = decodeMessage([header(topic), Buffer.from(payload)], RECEIVED_AT);
  const [event] = decoded.events;
  if (decoded.events.length !== 1 || decoded.rejected.length !== 0 || event?.type !== type) {
    throw new Error(`not one ${type}: ${JSON.stringify(decoded)}`);
  }
  return event as Extract<Event, { type: Type }>;
}

export function header(topic: string, layout: 'v0' | 'v1' | 'v2' = 'v1', version = layout === 'v0' ? 0 : 2) {
  return encodeHeader({ layout, topic, version, sourceId: 1, messageId: 1, size: 0 });
}

/** An event about which nothing is known but what is given. */
export function conversation(
  known: Partial<Omit<ConversationEvent, 'client' | 'server'>> & {
    client: Partial<EventEndpoint>;
    server: Partial<EventEndpoint>;
  },
): ConversationEvent {
  return {
    type: 'flow',
    name: null,
    time: RECEIVED_AT,
    protocol: 6,
    side: null,
    oriented: false,
    interfaceName: null,
    exporter: null,
    agent: null,
    location: null,
    socket: null,
    handshake: null,
    translated: null,
    state: null,
    counters: null,
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
    ...known,
    client: endpoint(known.client),
    server: endpoint(known.server),
  };
}

export function endpoint(known: Partial<EventEndpoint>): EventEndpoint {
  return { address: '', port: 0, process: null, container: null, tcp: null, ...known };
}

/** A process about which nothing is known but what is given. */
export function task(known: Partial<Process> & { pid: number }): Process {
  return {
    uid: null,
    user: null,
    gid: null,
    group: null,
    name: '',
    exe: null,
    cmdline: null,
    tid: null,
    script: null,
    exeDeleted: null,
    role: null,
    parent: null,
    evidence: 'none',
    ...known,
  };
}

/** The same, without what only a process has. */
export function parentTask(known: Partial<Process> & { pid: number }) {
  const {
    tid: _tid,
    script: _script,
    exeDeleted: _exeDeleted,
    role: _role,
    parent: _parent,
    evidence: _evidence,
    ...parent
  } = task(known);
  return parent;
}

/** Health of which nothing is known but what is given. */
export function health(known: Partial<TcpHealth>): TcpHealth {
  return {
    rttMs: null,
    rttVarMs: null,
    retransmits: null,
    outOfOrder: null,
    lost: null,
    unacknowledged: null,
    congestionWindow: null,
    deliveryRate: null,
    ...known,
  };
}
