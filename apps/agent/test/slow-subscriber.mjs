/** Takes messages slowly and prints now and then how many events of each topic came. */
import { setTimeout as delay } from 'node:timers/promises';
import { Subscriber } from 'zeromq';

const TAKE = 100;
const PAUSE_MS = 40;

const socket = new Subscriber({ receiveHighWaterMark: 1000, linger: 0 });
socket.subscribe('');
await socket.bind('tcp://127.0.0.1:*');
process.stdout.write(`${JSON.stringify({ listening: socket.lastEndpoint })}\n`);

const counts = {};
let taken = 0;
setInterval(() => process.stdout.write(`${JSON.stringify(counts)}\n`), 100);
for await (const [header, payload] of socket) {
  const topic = header.toString('latin1', 0, 16).replace(/\0+$/, '');
  counts[topic] = (counts[topic] ?? 0) + [JSON.parse(payload.toString('utf8'))].flat().length;
  taken += 1;
  if (taken % TAKE === 0) await delay(PAUSE_MS);
}
