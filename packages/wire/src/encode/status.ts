/** Our agent's status as topic `event`: what ntopng reads, and ours in a member of its own (docs/wire.md §8, §13). */
import type { MissingPart, StatusEvent } from '@packetless/model';
import { OWN_STATUS_KEY } from '../dialect/status.js';
import { atMost, MAX_EVENT_BYTES } from './room.js';
import { formatTimestamp } from './timestamp.js';

/** ntopng keeps a conversation as long as the agent says one may be silent. Seconds. */
const FLOW_LIFETIME = 120;
const FLOW_IDLE = 60;
/** Things that an agent does not see, and characters of what each is. */
const MAX_LOST = 32;
const MAX_WHAT = 96;
/** ntopng cuts here. */
const MAX_UUID = 35;

/** Characters of a reason why something is not seen; ever fewer until the whole fits. */
const REASON_LENGTHS = [512, 128, 32];

/**
 * No member is ever null: a peer may read any of them unchecked. `sourceId` as in the header. Longer than 8 KiB only
 * if the ledgers are.
 */
export function encodeStatus(event: StatusEvent, sourceId: number): string {
  let text = '';
  for (const length of REASON_LENGTHS) {
    text = encode(event, sourceId, shortened(event.lost, length));
    if (Buffer.byteLength(text) <= MAX_EVENT_BYTES) return text;
  }
  return text;
}

function shortened(lost: readonly MissingPart[], length: number): MissingPart[] {
  return lost
    .slice(0, MAX_LOST)
    .map(({ what, why }) => ({ what: atMost(what, MAX_WHAT), why: atMost(why, length) }));
}

function encode(event: StatusEvent, sourceId: number, lost: readonly MissingPart[]): string {
  const last = event.ledgers.at(-1);
  const queueFull = event.ledgers.reduce((sum, { dropped }) => sum + (dropped['queue full'] ?? 0), 0);
  const address = event.address ?? '';
  return JSON.stringify({
    time: Math.floor(event.time / 1000),
    bytes: 0,
    packets: 0,
    packet_drops: 0,
    iface: { name: 'any', speed: 0, ip: address },
    probe: {
      ip: address,
      public_ip: '',
      uuid: (event.agent ?? '').slice(0, MAX_UUID),
      unique_source_id: sourceId,
      version: event.version ?? '',
      osname: event.system ?? '',
      license: '',
      edition: 'agent',
      maintenance: '',
    },
    mode: 'agent',
    avg: { bps: 0, pps: 0 },
    timeout: { lifetime: FLOW_LIFETIME, idle: FLOW_IDLE, collected_lifetime: FLOW_LIFETIME },
    drops: {
      export_queue_full: queueFull,
      too_many_flows: 0,
      elk_flow_drops: 0,
      sflow_pkt_sample_drops: 0,
      flow_collection_drops: 0,
      flow_collection_udp_socket_drops: 0,
    },
    flow_collection: { nf_ipfix_flows: 0, sflow_samples: 0, collection_port: 0 },
    zmq: { num_flow_exports: last?.delivered ?? 0, num_zmq_exporters: 1 },
    [OWN_STATUS_KEY]: ownStatus(event, lost),
  });
}

function ownStatus(event: StatusEvent, lost: readonly MissingPart[]): object {
  return {
    time: formatTimestamp(event.time),
    ...(event.agent !== null && { agent: event.agent }),
    ...(event.name !== null && { name: event.name }),
    ...(event.kernel !== null && { kernel: event.kernel }),
    ...(event.source !== null && { source: event.source }),
    ...(event.tier !== null && { tier: event.tier }),
    ...(event.cpuSeconds !== null && { cpuSeconds: event.cpuSeconds }),
    ...(event.memoryBytes !== null && { memoryBytes: event.memoryBytes }),
    lost,
    ledgers: event.ledgers,
  };
}
