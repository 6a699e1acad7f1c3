/** A network interface's totals as an event. */
import type { InterfaceRecord } from '@packetless/introspection';
import type { Container, InterfaceCountersEvent } from '@packetless/model';
import type { Reporter } from './conversation.js';

/** linux/if.h */
const IFF_UP = 0x1;
const IFF_PROMISC = 0x100;
/** linux/if.h IF_OPER_UNKNOWN, which virtual devices such as lo are in while they work, and IF_OPER_UP. */
const OPER_UNKNOWN = 0;
const OPER_UP = 6;

/** linux/if_arp.h → IANA ifType (https://www.iana.org/assignments/smi-numbers, "IANAifType-MIB"). */
const IF_TYPES: ReadonlyMap<number, number> = new Map([
  [1, 6], // ARPHRD_ETHER → ethernetCsmacd
  [772, 24], // ARPHRD_LOOPBACK → softwareLoopback
  [512, 23], // ARPHRD_PPP → ppp
  [768, 131], // ARPHRD_TUNNEL → tunnel
  [769, 131], // ARPHRD_TUNNEL6
  [776, 131], // ARPHRD_SIT
  [778, 131], // ARPHRD_IPGRE
  [823, 131], // ARPHRD_IP6GRE
  [65534, 131], // ARPHRD_NONE: tun, WireGuard
]);
const IF_TYPE_OTHER = 1;

export function countersEvent(
  record: InterfaceRecord,
  reporter: Reporter,
  namespace: string | null,
  container: Container | null,
): InterfaceCountersEvent {
  const adminUp = (record.flags & IFF_UP) !== 0;
  return {
    type: 'counters',
    time: record.time,
    agent: reporter.agent,
    exporter: reporter.exporter,
    location: reporter.location(record.netns),
    namespace,
    container,
    index: record.index,
    name: record.name,
    ifType: IF_TYPES.get(record.type) ?? IF_TYPE_OTHER,
    speedBps: record.speedBps,
    duplex: record.duplex,
    adminUp,
    operUp: record.operState === OPER_UP || (record.operState === OPER_UNKNOWN && adminUp),
    promiscuous: (record.flags & IFF_PROMISC) !== 0,
    mtu: record.mtu === 0 ? null : record.mtu,
    bytesReceived: record.bytesReceived,
    packetsReceived: record.packetsReceived,
    errorsReceived: record.errorsReceived,
    dropsReceived: record.dropsReceived,
    bytesSent: record.bytesSent,
    packetsSent: record.packetsSent,
    errorsSent: record.errorsSent,
    dropsSent: record.dropsSent,
  };
}
