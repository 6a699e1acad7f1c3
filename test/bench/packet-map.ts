/**
 * The least that a program in JavaScript could do with npm's binding to libpcap: a Map from addresses and ports to
 * packets and bytes. `node packet-map.js MODULE file|live FILE|INTERFACE`; prints "packets flows" at the end of the
 * file, or when standard input ends.
 */
import { createRequire } from 'node:module';

interface Session {
  on(event: 'packet', take: (packet: { readonly buf: Buffer }) => void): void;
  on(event: 'complete', end: () => void): void;
  stats(): { readonly ps_drop: number; readonly ps_recv: number };
}

interface PcapModule {
  createOfflineSession(file: string, options: object): Session;
  createSession(name: string, options: object): Session;
}

const ETHERNET = 14;
const IPV4 = 0x0800;
const [TCP, UDP] = [6, 17];

const flows = new Map<string, { packets: number; bytes: number }>();
let packets = 0;

function take({ buf }: { readonly buf: Buffer }): void {
  packets++;
  const isIpv4 = buf.readUInt16BE(12) === IPV4;
  const protocol = buf[ETHERNET + (isIpv4 ? 9 : 6)]!;
  const [from, to, end] = isIpv4 ? [12, 16, ETHERNET + 4 * (buf[ETHERNET]! & 15)] : [8, 24, ETHERNET + 40];
  const size = isIpv4 ? 4 : 16;
  const source = buf.toString('latin1', ETHERNET + from, ETHERNET + from + size);
  const destination = buf.toString('latin1', ETHERNET + to, ETHERNET + to + size);
  const hasPorts = protocol === TCP || protocol === UDP;
  const [sourcePort, destinationPort] = hasPorts
    ? [buf.readUInt16BE(end), buf.readUInt16BE(end + 2)]
    : [0, 0];
  const key =
    source < destination
      ? `${source}${destination}${protocol} ${sourcePort} ${destinationPort}`
      : `${destination}${source}${protocol} ${destinationPort} ${sourcePort}`;
  const bytes = isIpv4 ? buf.readUInt16BE(ETHERNET + 2) : 40 + buf.readUInt16BE(ETHERNET + 4);
  const flow = flows.get(key);
  if (flow === undefined) flows.set(key, { packets: 1, bytes });
  else {
    flow.packets++;
    flow.bytes += bytes;
  }
}

const [module, kind, source] = process.argv.slice(2) as [string, string, string];
const pcap = createRequire(import.meta.url)(module) as PcapModule;
const session =
  kind === 'file'
    ? pcap.createOfflineSession(source, {})
    : pcap.createSession(source, { buffer_size: 64 << 20 });
session.on('packet', take);
if (kind === 'file') {
  session.on('complete', () => {
    console.log(`${packets} ${flows.size}`);
    process.exit();
  });
} else {
  console.log('ready');
  process.stdin.on('end', () => {
    console.log(`${packets} ${session.stats().ps_drop}`);
    process.exit();
  });
  process.stdin.resume();
}
