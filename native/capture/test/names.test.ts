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

  test('that is cut into segments anywhere, in any order, with some sent again', async () => {
    const hello = clientHello(padding(1800), serverName('www.example.org'), protocols('h2'));
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [0, 0, 2, 2, 1],
    ];
    for (const order of orders) {
      for (const [a, b] of [
        [1, 2],
        [5, 9],
        [700, 1400],
        [1400, hello.length - 1],
      ] as const) {
        const pieces = [hello.subarray(0, a), hello.subarray(a, b), hello.subarray(b)];
        const talk = new Conversation().open();
        const start = talk.client.next;
        for (const number of order) {
          const sequence = start + [0, a, b][number]!;
          talk.send('client', packet.ACK, pieces[number], { sequence });
        }
        const { names, account } = await capture(talk.packets);
        expect(names).toMatchObject([
          { kind: 'tls', name: 'www.example.org' },
          { kind: 'alpn', name: 'h2' },
        ]);
        expect(account.names).toEqual({ told: 2, repeated: 0, malformed: 0, unread: 0 });
      }
    }
  });

  test('that is cut into records', async () => {
    const handshake = clientHello(serverName('www.example.org'), padding(300)).subarray(5);
    const record = (from: number, to: number) =>
      packet.join(packet.u8(0x16, 3, 1), vector(2, handshake.subarray(from, to)));
    const records = packet.join(record(0, 3), record(3, 60), record(60, handshake.length));
    expect((await request(records)).names).toMatchObject([{ kind: 'tls', name: 'www.example.org' }]);
  });

  test('a name that came in the first segment is told once, also when the rest comes', async () => {
    const hello = clientHello(serverName('www.example.org'), padding(1800), protocols('h2'));
    const talk = new Conversation().open();
    talk.send('client', packet.ACK, hello.subarray(0, 1400)).send('client', packet.ACK, hello.subarray(1400));
    const { names, account } = await capture(talk.packets);
    expect(names.map(({ name }) => name)).toEqual(['www.example.org', 'h2']);
    expect(account.names.repeated).toBe(0);
  });

  test('the host of a request whose head is cut into segments', async () => {
    const head = text(`GET /x HTTP/1.1\r\nCookie: ${'c'.repeat(3000)}\r\nHost: example.net\r\n\r\n`);
    const talk = new Conversation({ serverPort: 80 }).open();
    for (let at = 0; at < head.length; at += 1000)
      talk.send('client', packet.ACK, head.subarray(at, at + 1000));
    expect((await capture(talk.packets)).names).toMatchObject([{ kind: 'http', name: 'example.net' }]);
  });

  test('a hello that is cut into more records than anybody needs is given up', async () => {
    const handshake = clientHello(serverName('www.example.org'), padding(20)).subarray(5);
    const talk = new Conversation().open();
    for (const byte of handshake) talk.send('client', packet.ACK, packet.u8(0x16, 3, 1, 0, 1, byte));
    expect((await capture(talk.packets)).names).toEqual([]);
  });

  test('the host of a request byte by byte', async () => {
    const talk = new Conversation({ serverPort: 80 }).open();
    const [first, ...bytes] = ['GET /', ...' HTTP/1.1\r\nAccept: */*\r\nHost: example.net\r\n\r\n'];
    for (const part of [first!, ...bytes]) talk.send('client', packet.ACK, text(part));
    expect((await capture(talk.packets)).names).toMatchObject([{ kind: 'http', name: 'example.net' }]);
  });

  test('beginnings that never end give way to others, and that is counted', async () => {
    const half = clientHello(padding(1800), serverName('www.example.org')).subarray(0, 100);
    const talks = Array.from({ length: 5000 }, (_, number) =>
      new Conversation({ clientPort: 1024 + number }).open().send('client', packet.ACK, half),
    );
    const whole = new Conversation({ clientPort: 9000, start: 1_700_000_001 }).open();
    const hello = clientHello(padding(1800), serverName('last.example.org'));
    whole
      .send('client', packet.ACK, hello.subarray(0, 1000))
      .send('client', packet.ACK, hello.subarray(1000));
    const { names, account } = await capture([...talks, whole].flatMap(({ packets }) => packets));
    expect(names).toMatchObject([{ name: 'last.example.org' }]);
    expect(account.names.unread).toBeGreaterThan(4000);
    expect(account.names).toMatchObject({ told: 1, malformed: 0 });
  });

  test('a hello that begins in the SYN', async () => {
    const hello = clientHello(padding(1800), serverName('www.example.org'));
    const talk = new Conversation();
    talk.send('client', packet.SYN, hello.subarray(0, 1000)).send('client', packet.ACK, hello.subarray(1000));
    const { names, account } = await capture(talk.packets);
    expect(names).toMatchObject([{ name: 'www.example.org' }]);
    expect(account.names.unread).toBe(0);
  });

  test('two requests of a connection at the beginning of time, when clocks stand still', async () => {
    const get = (host: string) => text(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const first = get('one.example');
    const talk = new Conversation({ start: 0 });
    for (const part of [first.subarray(0, 10), first.subarray(10), get('two.example')])
      talk.send('client', packet.ACK, part);
    expect((await capture(talk.packets)).names).toMatchObject([
      { name: 'one.example' },
      { name: 'two.example' },
    ]);
  });

  const long = clientHello(padding(3000), serverName('www.example.org'));
  const unread = async (...segments: [from: number, to: number][]) => {
    const talk = new Conversation();
    const start = talk.client.next;
    for (const [from, to] of segments)
      talk.send('client', packet.ACK, long.subarray(from, to), { sequence: start + from });
    const { names, account } = await capture(talk.packets);
    return [names.length, account.names.unread];
  };

  test('a beginning that is not read to its end is counted: its rest does not come', async () => {
    expect(await unread([0, 1000])).toEqual([0, 1]);
    expect(await unread([0, 1000], [1100, long.length])).toEqual([0, 1]);
    expect(await unread([0, 1000], [1000, long.length])).toEqual([1, 0]);
  });

  test('… it comes in too many pieces that have gaps between them', async () => {
    const pieces: [number, number][] = [];
    for (let at = 1000; at < long.length; at += 200) pieces.push([at, Math.min(at + 100, long.length)]);
    expect(await unread([0, 900], ...pieces, [900, long.length])).toEqual([0, 1]);
    // Without gaps, sent again and backwards.
    const whole: [number, number][] = [];
    for (let at = 1000; at < long.length; at += 100) whole.unshift([at, Math.min(at + 150, long.length)]);
    expect(await unread([0, 900], ...whole, ...whole, [900, 1000])).toEqual([1, 0]);
  });

  test('… nobody waits for so long', async () => {
    const talk = new Conversation().send('client', packet.ACK, long.subarray(0, 1000));
    talk.wait(60_000).send('client', packet.ACK, long.subarray(1000));
    const { names, account } = await capture(talk.packets);
    expect([names.length, account.names.unread]).toEqual([0, 1]);
  });

  test('… it was cut off when it was captured', async () => {
    const [first] = new Conversation().send('client', packet.ACK, long).packets;
    const { account } = await capture([{ ...first!, captured: 2048 }]);
    expect(account.names).toEqual({ told: 0, repeated: 0, malformed: 0, unread: 1 });
  });

  test('… it is longer than is kept', async () => {
    const endless = text(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(2000)}Host: www.example.org\r\n\r\n`);
    for (const size of [1000, endless.length]) {
      const talk = new Conversation({ serverPort: 80 }).open();
      for (let at = 0; at < endless.length; at += size)
        talk.send('client', packet.ACK, endless.subarray(at, at + size));
      const { names, account } = await capture(talk.packets);
      expect([names.length, account.names.unread]).toEqual([0, 1]);
    }
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

  test('over TCP, several at once and in pieces', async () => {
    const one = answer(labels('a.example.org'), [record(POINTER, A, packet.address('192.0.2.7'))]);
    const other = answer(labels('b.example.org'), [record(POINTER, AAAA, packet.address('2001:db8::7'))]);
    const stream = packet.join(vector(2, one), vector(2, other));
    const talk = new Conversation({ serverPort: 53 }).open();
    for (let at = 0; at < stream.length; at += 30)
      talk.send('server', packet.ACK, stream.subarray(at, at + 30));
    expect((await capture(talk.packets)).names).toMatchObject([
      { kind: 'dns', name: 'a.example.org', address: '192.0.2.7' },
      { kind: 'dns', name: 'b.example.org', address: '2001:db8::7' },
    ]);
  });

  test('over TCP, one after another without an end', async () => {
    const messages = Array.from({ length: 300 }, (_, number) =>
      vector(
        2,
        answer(labels(`host-${number}.example.org`), [
          record(POINTER, A, packet.address(`192.0.${number >> 8}.${number & 255}`)),
        ]),
      ),
    );
    const stream = packet.join(...messages);
    expect(stream.length).toBeGreaterThan(2 * 8192);
    for (const size of [7, 1000, stream.length]) {
      const talk = new Conversation({ serverPort: 53 }).open();
      for (let at = 0; at < stream.length; at += size) {
        const sequence = talk.server.next;
        talk.send('server', packet.ACK, stream.subarray(at, at + size));
        // Sent again: what was finished is not told twice.
        if (at % 35 === 0 && at + size < stream.length) {
          talk.send('server', packet.ACK, stream.subarray(at, at + size), { sequence });
        }
      }
      const { names, account } = await capture(talk.packets);
      expect(names.map(({ name }) => name)).toEqual(
        messages.map((_, number) => `host-${number}.example.org`),
      );
      expect(account.names).toMatchObject({ told: 300, malformed: 0, unread: 0 });
    }
  });

  test('a name is followed through a few pointers', async () => {
    const through = (count: number) => {
      const question = labels('a.example.org');
      // Pointers to pointers are in the data of a record of another kind, behind its twelve bytes of header.
      const first = 12 + question.length + 4 + 12;
      const pointers = packet.join(
        ...Array.from({ length: count - 1 }, (_, at) =>
          packet.u16(0xc000 | (at === 0 ? 12 : first + 2 * (at - 1))),
        ),
      );
      const last = packet.u16(0xc000 | (count === 1 ? 12 : first + 2 * (count - 2)));
      return fromDns(
        answer(question, [record(POINTER, 16, pointers), record(last, A, packet.address('192.0.2.7'))]),
      );
    };
    for (const count of [1, 2, 16]) expect((await through(count)).names).toHaveLength(1);
    expect((await through(17)).names).toEqual([]);
  });

  test('of whom the answer is when it was not asked for: multicast DNS tells of services and their hosts', async () => {
    const service = packet.join(labels('_http._tcp.local'), packet.u16(12), packet.u16(1));
    const host = record(labels('printer.local'), A, packet.address('192.0.2.9'));
    const header = packet.join(
      packet.u16(0),
      packet.u16(0x8400),
      packet.u16(1),
      packet.u16(1),
      packet.u32(0),
    );
    expect((await fromDns(packet.join(header, service, host))).names).toMatchObject([
      { kind: 'dns', name: 'printer.local', address: '192.0.2.9' },
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
    { numRuns: 60, interruptAfterTimeLimit: 4000 },
  );
});
