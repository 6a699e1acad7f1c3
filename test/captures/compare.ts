/** One file, read by us and by Wireshark: what differs, a line each. */
import { CaptureError } from '@packetless/capture';
import {
  type Conversation,
  type Conversations,
  conversationsIn,
  conversationsOf,
  OuterReader,
} from './conversations.js';
import { type Frame, readFrames } from './frames.js';
import { namesIn, namesOf } from './names.js';
import { type Ours, readOurs } from './ours.js';
import type { Sharkd } from './sharkd.js';

export async function compare(
  path: string,
  sharkd: Sharkd,
  numbers: ReadonlyMap<string, number>,
): Promise<string[]> {
  const ours = await readOurs(path);
  const frames = await readFrames(sharkd, path);
  if (ours instanceof CaptureError) return frames === null ? [] : [`refused: ${ours.code}: ${ours.message}`];
  if (frames === null) return ['Wireshark does not read it'];
  return [
    ...unbalanced(ours),
    ...packetsMissed(ours, frames),
    ...differentNames(namesOf(ours.names), namesIn(frames)),
    ...differentTcp(ours, frames),
    ...differentConversations(
      conversationsOf(ours.flows),
      conversationsIn(frames, new OuterReader(numbers)),
      frames,
    ),
  ];
}

function unbalanced({ account, flows }: Ours): string[] {
  const refused = Object.values(account.undecoded).reduce((sum, count) => sum + count, 0);
  const inFlows = flows.reduce((sum, { client, server }) => sum + client.packets + server.packets, 0);
  const found: string[] = [];
  if (account.received !== account.decoded + refused)
    found.push('account: received is not decoded + undecoded');
  if (account.decoded !== inFlows) found.push(`account: ${account.decoded} decoded, ${inFlows} in flows`);
  return found;
}

function packetsMissed({ account, error }: Ours, frames: readonly Frame[]): string[] {
  if (account.received === frames.length) return [];
  return [
    `packets: ${account.received}, Wireshark ${frames.length}${error === null ? '' : ` (${error.message})`}`,
  ];
}

function differentNames(ours: Set<string>, theirs: Set<string>): string[] {
  return [
    ...[...ours].filter((name) => !theirs.has(name)).map((name) => `name: only ours: ${name}`),
    ...[...theirs].filter((name) => !ours.has(name)).map((name) => `name: only Wireshark’s: ${name}`),
  ];
}

function differentTcp({ flows }: Ours, frames: readonly Frame[]): string[] {
  const ours = [0, 0, 0, 0];
  for (const { client, server } of flows)
    for (const { tcp } of [client, server]) {
      if (tcp === null) continue;
      ours[0]! += tcp.retransmits;
      ours[1]! += tcp.outOfOrder;
      ours[2]! += tcp.zeroWindows;
      ours[3]! += tcp.resets;
    }
  const theirs = [0, 0, 0, 0];
  for (const frame of frames) {
    theirs[0]! += frame.all('tcp.analysis.retransmission').length > 0 ? 1 : 0;
    theirs[1]! += frame.all('tcp.analysis.out_of_order').length > 0 ? 1 : 0;
    theirs[2]! += frame.all('tcp.analysis.zero_window').length > 0 ? 1 : 0;
    theirs[3]! += ['1', 'Set', 'True'].includes(frame.first('tcp.flags.reset') ?? '') ? 1 : 0;
  }
  return ours.join() === theirs.join()
    ? []
    : [`tcp: retransmits, out of order, zero windows, resets: ${ours}; Wireshark ${theirs}`];
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
    if (!ours.has(key))
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
