import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { capture } from './capture-file.js';
import { clientHello, padding, protocols, serverName, text, vector } from './client-hello.js';
import { Conversation } from './conversation.js';
import * as packet from './packets.js';

const request = (payload: packet.Bytes) =>
  capture(new Conversation().open().send('client', packet.PSH | packet.ACK, payload).packets);

const labels = (name: string) =>
  packet.join(...name.split('.').map((label) => vector(1, text(label))), packet.u8(0));
const POINTER = packet.u16(0xc00c);
const record = (owner: packet.Bytes, type: number, data: packet.Bytes) =>
  packet.join(owner, packet.u16(type), packet.u16(1), packet.u32(60), vector(2, data));
const answer = (question: packet.Bytes, records: packet.Bytes[], flags = 0x8180) =>
  packet.join(
    packet.u16(1),
    packet.u16(flags),
    packet.u16(1),
    packet.u16(records.length),
    packet.u32(0),
    question,
    packet.u16(1),
    packet.u16(1),
    ...records,
  );
const fromDns = (payload: packet.Bytes) =>
  capture([
    packet.ethernet(
      packet.udpPacket({
        source: '10.0.0.53',
        destination: '10.0.0.1',
        sourcePort: 53,
        destinationPort: 40_000,
        payload,
      }),
    ),
  ]);
const A = 1;
const CNAME = 5;
const AAAA = 28;

function dhcp(type: number, options: packet.Bytes[], yourAddress = '0.0.0.0'): packet.Bytes {
  const fixed = packet.zeros(236);
  fixed.set(packet.address(yourAddress), 16);
  const all = [packet.u8(53, 1, type), ...options, packet.u8(255)];
  return packet.ethernet(
    packet.udpPacket({
      source: '0.0.0.0',
      destination: '255.255.255.255',
      sourcePort: 68,
      destinationPort: 67,
      payload: packet.join(fixed, packet.u32(0x63825363), ...all),
    }),
  );
}

describe('names of flows', () => {
  test('the server that a client of TLS asks for, and the protocol that it likes best', async () => {
    const { names, flows } = await request(
      clientHello(padding(7), serverName('www.example.org'), protocols('h2', 'http/1.1')),
    );
    expect(names).toMatchObject([
      { kind: 'tls', name: 'www.example.org', flow: flows[0]!.id, address: null },
      { kind: 'alpn', name: 'h2', flow: flows[0]!.id },
    ]);
  });

  test('also when the rest of the hello is in the next segment', async () => {
    const hello = clientHello(serverName('www.example.org'), padding(2000));
    expect((await request(hello.subarray(0, 1400))).names).toMatchObject([
      { kind: 'tls', name: 'www.example.org' },
    ]);
  });

  test('the host of a request', async () => {
    const { names } = await request(
      text('GET /x HTTP/1.1\r\nAccept: */*\r\nhost:  example.net:8080 \r\n\r\nHost: no\r\n'),
    );
    expect(names).toMatchObject([{ kind: 'http', name: 'example.net:8080' }]);
  });

  test('what only looks like a host is none', async () => {
    expect((await request(text('GET / HTTP/1.1\r\n\r\nHost: example.net\r\n'))).names).toEqual([]);
    expect((await request(text('GET / HTTP/1.1\r\nHost: examp'))).names).toEqual([]);
  });

  test('a name with control characters, blanks or none at all is counted, not told', async () => {
    for (const name of ['evil\x1b[2J', 'a b', '', 'x'.repeat(300)]) {
      const { names, account } = await request(clientHello(serverName(name)));
      expect(names).toEqual([]);
      expect(account.names).toEqual({ told: 0, repeated: 0, malformed: 1, unread: 0 });
    }
  });

  test('the same name twice in a flow is told once', async () => {
    const get = text('GET / HTTP/1.1\r\nHost: example.net\r\n\r\n');
    const talk = new Conversation().open().send('client', packet.ACK, get).send('client', packet.ACK, get);
    const { names, account } = await capture(talk.packets);
    expect(names).toHaveLength(1);
    expect(account.names).toEqual({ told: 1, repeated: 1, malformed: 0, unread: 0 });
  });
});

describe('names of addresses', () => {
  test('the name that was asked for, through all that it stands for', async () => {
    const question = labels('www.example.org');
    const alias = labels('cdn.example.net');
    const { names } = await fromDns(
      answer(question, [
        record(POINTER, CNAME, alias),
        record(alias, A, packet.address('192.0.2.7')),
        record(alias, AAAA, packet.address('2001:db8::7')),
      ]),
    );
    expect(names).toMatchObject([
      { kind: 'dns', name: 'www.example.org', address: '192.0.2.7', flow: null },
      { kind: 'dns', name: 'www.example.org', address: '2001:db8::7', flow: null },
    ]);
  });

  test('nothing of questions, errors and other records', async () => {
    const question = labels('example.org');
    const a = record(POINTER, A, packet.address('192.0.2.7'));
    for (const payload of [
      answer(question, [a], 0x0100),
      answer(question, [a], 0x8183),
      answer(question, [record(POINTER, 16, text('x'))]),
    ]) {
      expect((await fromDns(payload)).names).toEqual([]);
    }
  });

  test('pointers that go round in circles end', async () => {
    for (const target of [12, 14, 40, 0x3fff]) {
      const { names, account } = await fromDns(
        answer(packet.join(packet.u8(1, 0x61), packet.u16(0xc000 | target)), []),
      );
      expect(names).toEqual([]);
      expect(account.names.malformed).toBe(1);
    }
  });

  test('what a host calls itself when it asks for an address, or is given one', async () => {
    const name = packet.join(packet.u8(12, 6), text('laptop'));
    const asks = await capture([dhcp(3, [packet.join(packet.u8(50, 4), packet.address('10.0.0.77')), name])]);
    expect(asks.names).toMatchObject([{ kind: 'dhcp', name: 'laptop', address: '10.0.0.77' }]);
    const given = await capture([dhcp(5, [name], '10.0.0.78')]);
    expect(given.names).toMatchObject([{ kind: 'dhcp', name: 'laptop', address: '10.0.0.78' }]);
    const looks = await capture([dhcp(1, [name])]);
    expect(looks.names).toEqual([]);
  });
});

test('any change of any of these is told as a name, or not at all', async () => {
  const samples = [
    clientHello(serverName('www.example.org'), protocols('h2')),
    text('GET / HTTP/1.1\r\nHost: example.net\r\n\r\n'),
  ];
  const changed = fc
    .tuple(fc.constantFrom(...samples), fc.nat(200), fc.nat(255), fc.nat(200))
    .map(([sample, at, value, length]) => {
      const bytes = Uint8Array.from(sample);
      bytes[at % bytes.length] = value;
      return bytes.subarray(0, Math.max(1, length));
    });
  await fc.assert(
    fc.asyncProperty(fc.array(changed, { minLength: 1, maxLength: 60 }), async (payloads) => {
      const talk = new Conversation().open();
      for (const payload of payloads) talk.send('client', packet.ACK, payload);
      const { names, account } = await capture(talk.packets);
      expect(names.every(({ name }) => /^[!-~]{1,255}$/.test(name))).toBe(true);
      expect(names).toHaveLength(account.names.told);
      expect(account.tellings).toMatchObject({ lost: 0, rejected: 0 });
    }),
    { numRuns: 60, interruptAfterTimeLimit: 5000 },
  );
});
