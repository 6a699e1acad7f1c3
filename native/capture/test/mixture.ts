/** Random traffic of every protocol, the same for the same seed. Packets of IP: a link goes in front of each. */
import { Conversation } from './conversation.js';
import * as packet from './packets.js';

export interface TimedPacket {
  readonly bytes: packet.Bytes;
  readonly time: number;
}

/** mulberry32: small, and the same everywhere. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const START_S = 1_700_000_000;
const ETHERNET_HEADER = 14;

export function mixture(seed: number, conversations: number): TimedPacket[] {
  const random = randomNumbers(seed);
  const host = (isIpv6: boolean) =>
    isIpv6 ? `2001:db8::${(1 + random(30)).toString(16)}` : `10.0.0.${1 + random(30)}`;
  const packets: TimedPacket[] = [];
  // Fragments are told apart by this, so each packet has its own.
  let id = 0;

  const ends = () => {
    const isIpv6 = random(3) === 0;
    const source = host(isIpv6);
    let destination = host(isIpv6);
    while (destination === source) destination = host(isIpv6);
    return { source, destination };
  };

  const talkTcp = (start: number) => {
    const { source, destination } = ends();
    const talk = new Conversation({
      client: source,
      server: destination,
      clientPort: 32_768 + random(20),
      serverPort: [80, 443, 8080][random(3)]!,
      start,
      clientSequence: random(0x7fffffff),
    });
    if (random(5) > 0) talk.open(1 + random(40), 1 + random(20));
    for (let step = random(12); step > 0; step--) {
      const from = random(2) === 0 ? 'client' : 'server';
      if (random(8) === 0)
        talk.send(from, packet.ACK, packet.zeros(random(100)), {
          sequence: Math.max(1, talk[from].next - random(200)),
        });
      else talk.data(from, random(1200));
      talk.wait(random(30));
    }
    if (random(4) === 0) talk.reset(random(2) === 0 ? 'client' : 'server');
    else if (random(4) > 0) talk.close();
    for (const { bytes, time } of talk.packets)
      packets.push({ bytes: bytes.subarray(ETHERNET_HEADER), time: time! });
  };

  const talkUdp = (start: number) => {
    const { source, destination } = ends();
    const [client, server] = [1024 + random(40), [9999, 4433, 1234][random(3)]!];
    for (let step = 1 + random(6); step > 0; step--) {
      const isAnswer = random(2) === 0;
      const payload = packet.zeros(random(900));
      const bytes = isAnswer
        ? packet.udpPacket({
            source: destination,
            destination: source,
            sourcePort: server,
            destinationPort: client,
            payload,
          })
        : packet.udpPacket({ source, destination, sourcePort: client, destinationPort: server, payload });
      packets.push({ bytes, time: start + random(1000) / 1000 });
    }
  };

  const talkInFragments = (start: number) => {
    const { source, destination } = { source: host(false), destination: '10.0.9.9' };
    const whole = packet.udp({
      source,
      destination,
      sourcePort: 1024 + random(40),
      destinationPort: 9999,
      payload: packet.zeros(1500 + random(3000)),
    });
    id++;
    for (let offset = 0; offset < whole.length; offset += 1480) {
      const part = whole.subarray(offset, offset + 1480);
      packets.push({
        bytes: packet.ipv4({ source, destination }, packet.UDP, part, {
          id,
          offset,
          more: offset + 1480 < whole.length,
        }),
        time: start,
      });
    }
  };

  const talkOther = (start: number) => {
    const pair = ends();
    const isIpv6 = pair.source.includes(':');
    const choices = [
      () =>
        packet.ip(
          pair,
          packet.SCTP,
          packet.sctp(2000 + random(5), 3868, packet.join(packet.u8(0, 3), packet.u16(20), packet.zeros(16))),
        ),
      () =>
        packet.ip(
          pair,
          isIpv6 ? packet.ICMP6 : packet.ICMP,
          packet.icmp(isIpv6 ? 128 : 8, 0, packet.zeros(8 + random(60))),
        ),
      () => packet.ip(pair, 89, packet.zeros(24 + random(60))),
      () =>
        isIpv6
          ? packet.ipv6(
              pair,
              0,
              packet.extension(
                43,
                packet.extension(packet.UDP, packet.udp({ ...pair, sourcePort: 7, destinationPort: 9999 })),
              ),
            )
          : packet.ipv4(pair, packet.UDP, packet.udp({ ...pair, sourcePort: 7, destinationPort: 9999 }), {
              options: packet.u8(1, 1, 1, 0),
            }),
    ];
    packets.push({ bytes: choices[random(choices.length)]!(), time: start });
  };

  for (let number = 0; number < conversations; number++) {
    const start = START_S + random(60_000) / 1000;
    [talkTcp, talkTcp, talkUdp, talkUdp, talkInFragments, talkOther, talkOther][random(7)]!(start);
  }
  return packets.map((one, at) => ({ ...one, at })).sort((a, b) => a.time - b.time || a.at - b.at);
}
