/** The `TCP` object: state, health and totals of a connection (docs/wire.md §5.2). */
import type { Draft } from './draft.js';
import { readTcpState } from './tcp-state.js';
import { type JsonObject, readInteger, readNumber } from './value.js';

export function readTcp(draft: Draft, tcp: JsonObject): void {
  draft.hasTcp = true;
  let rttMs: number | null = null;
  let rttVarMs: number | null = null;
  let retransmits: number | null = null;
  let outOfOrder: number | null = null;
  let lost: number | null = null;
  let unacknowledged: number | null = null;
  let congestionWindow: number | null = null;
  let deliveryRate: number | null = null;
  for (const key in tcp) {
    const value = tcp[key];
    switch (key) {
      case 'CONN_STATE':
        draft.state = readTcpState(value);
        if (draft.state === null) draft.keep('TCP.CONN_STATE', value);
        break;
      case 'RTT':
        rttMs = readNumber(value);
        break;
      case 'RTT_VARIANCE':
        rttVarMs = readNumber(value);
        break;
      case 'RETRAN_PKTS':
        retransmits = readInteger(value);
        break;
      case 'OOO_PKTS':
        outOfOrder = readInteger(value);
        break;
      case 'LOST_PKTS':
        lost = readInteger(value);
        break;
      case 'UNACK_SEGMENTS':
        unacknowledged = readInteger(value);
        break;
      case 'SND_CWND':
        congestionWindow = readInteger(value);
        break;
      case 'DELIVERY_RATE':
        deliveryRate = readNumber(value);
        break;
      case 'BYTES_ACKED':
        draft.tcpBytesOut = readInteger(value);
        break;
      case 'BYTES_RCVD':
        draft.tcpBytesIn = readInteger(value);
        break;
      case 'SEGS_OUT':
        draft.tcpSegmentsOut = readInteger(value);
        break;
      case 'SEGS_IN':
        draft.tcpSegmentsIn = readInteger(value);
        break;
      default:
        draft.keep(`TCP.${key}`, value);
    }
  }
  const known =
    rttMs !== null ||
    rttVarMs !== null ||
    retransmits !== null ||
    outOfOrder !== null ||
    lost !== null ||
    unacknowledged !== null ||
    congestionWindow !== null ||
    deliveryRate !== null;
  draft.health = known
    ? {
        rttMs,
        rttVarMs,
        retransmits,
        outOfOrder,
        lost,
        unacknowledged,
        congestionWindow,
        deliveryRate,
      }
    : null;
}
