/** One file, read by us and by Wireshark: what differs, a line each. */
import { CaptureError } from '@packetless/capture';
import {
  type Conversation,
  type Conversations,
  conversationsIn,
  conversationsOf,
  OuterReader,
} from './conversations.js';
import { type Frame, isInner, readFrames } from './frames.js';
import { namesIn, namesOf } from './names.js';
import { type Ours, readOurs } from './ours.js';
import type { Sharkd } from './sharkd.js';
import { handshakesIn, handshakesOf, tcpFactsIn, tcpFactsOf } from './tcp-facts.js';

/** Both round to microseconds, we twice. */
const HANDSHAKE_TOLERANCE_US = 2;

/** @param numbers of IP's protocols, by Wireshark's text */
export async function compare(
  path: string,
  sharkd: Sharkd,
  numbers: ReadonlyMap<string, number>,
): Promise<string[]> {
  const ours = await readOurs(path);
  const frames = await readFrames(sharkd, path);
  if (ours instanceof CaptureError) return frames === null ? [] : [`refused: ${ours.code}: ${ours.message}`];
  if (frames === null) return [...unbalanced(ours), 'Wireshark does not read it'];
  const outer = frames.filter((frame) => !isInner(frame));
  return [
    ...unbalanced(ours),
    ...packetsMissed(ours, frames),
    ...differentConversations(
      conversationsOf(ours.flows),
      conversationsIn(frames, new OuterReader(numbers)),
      frames,
    ),
    ...differentTcp(ours, outer),
    ...differentHandshakes(ours, outer),
    ...differentNames(namesOf(ours.names), namesIn(outer)),
  ];
}

function unbalanced({ account, flows }: Ours): string[] {
  const refused = Object.values(account.undecoded).reduce((sum, count) => sum + count, 0);
  const inFlows = flows.reduce((sum, { client, server }) => sum + client.packets + server.packets, 0);
  const found: string[] = [];
  if (account.received !== account.decoded + account.repeated + refused)
    found.push(`account: ${account.received} received, ${account.decoded} decoded and ${refused} not`);
  if (account.decoded !== inFlows) found.push(`account: ${account.decoded} decoded, ${inFlows} in flows`);
  return found;
}

function packetsMissed({ account, error }: Ours, frames: readonly Frame[]): string[] {
  if (account.received === frames.length) return [];
  const why = error === null ? '' : ` (${error.message})`;
  return [`packets: ours ${account.received}, Wireshark’s ${frames.length}${why}`];
}

function differentConversations(
  ours: Conversations,
  theirs: Conversations,
  frames: readonly Frame[],
): string[] {
  const found: string[] = [];
  for (const [key, mine] of ours) {
    const other = theirs.get(key);
    if (other === undefined) found.push(`conversation: only ours: ${describe(mine)}`);
    else if (!isSame(mine, other)) {
      found.push(
        `conversation: ours ${describe(mine)}, Wireshark’s ${describe(other)} ${firstFrame(other, frames)}`,
      );
    }
  }
  for (const [key, other] of theirs) {
    if (ours.has(key)) continue;
    found.push(`conversation: only Wireshark’s: ${describe(other)} ${firstFrame(other, frames)}`);
  }
  return found;
}

function isSame(mine: Conversation, other: Conversation): boolean {
  if (!other.claimsMore) return describe(mine) === describe(other);
  const sides = [0, 1] as const;
  return sides.every(
    (side) => mine.packets[side] === other.packets[side] && mine.bytes[side] <= other.bytes[side],
  );
}

function describe({ vlan, protocol, ends, packets, bytes, streams }: Conversation): string {
  const connections = protocol === 6 ? `, ${streams.size} connections` : '';
  const tag = vlan === 0 ? '' : `VLAN ${vlan} `;
  return `${tag}${protocol} ${ends.join(' ⇄ ')}: ${packets[0]}/${bytes[0]} → ← ${packets[1]}/${bytes[1]}${connections}`;
}

function firstFrame({ frames: numbers }: Conversation, frames: readonly Frame[]): string {
  const frame = frames[numbers[0]! - 1];
  return frame === undefined ? '' : `(frame ${frame.number} ${frame.layers.join(':')})`;
}

function differentTcp({ flows }: Ours, frames: readonly Frame[]): string[] {
  const ours = tcpFactsOf(flows);
  const theirs = tcpFactsIn(frames);
  return (['again', 'zeroWindows', 'resets'] as const)
    .filter((fact) => ours[fact] !== theirs[fact])
    .map((fact) => `tcp: ${fact}: ours ${ours[fact]}, Wireshark’s ${theirs[fact]}`);
}

function differentHandshakes({ flows }: Ours, frames: readonly Frame[]): string[] {
  const ours = handshakesOf(flows);
  const theirs = handshakesIn(frames);
  const found: string[] = [];
  for (const [connection, time] of ours) {
    const other = theirs.get(connection);
    if (other === undefined) found.push(`handshake: only ours: ${connection}`);
    else if (Math.abs(time - other) > HANDSHAKE_TOLERANCE_US)
      found.push(`handshake: ${connection}: ours ${time} µs, Wireshark’s ${other} µs`);
  }
  return found;
}

function differentNames(ours: ReadonlySet<string>, theirs: ReadonlySet<string>): string[] {
  return [
    ...[...ours].filter((name) => !theirs.has(name)).map((name) => `name: only ours: ${name}`),
    ...[...theirs].filter((name) => !ours.has(name)).map((name) => `name: only Wireshark’s: ${name}`),
  ];
}
