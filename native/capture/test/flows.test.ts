import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { capture } from './capture-file.js';
import { Conversation } from './conversation.js';
import { ACK, ethernet, PSH, RST, SYN, udpPacket, zeros } from './packets.js';

const one = async (conversation: Conversation) => {
  const { flows } = await capture(conversation.packets);
  expect(flows).toHaveLength(1);
  return flows[0]!;
};

describe('a TCP connection', () => {
  test('from its beginning to its end', async () => {
    const conversation = new Conversation()
      .open(20, 5)
      .data('client', 100)
      .wait(30)
      .data('server', 1000)
      .wait(2)
      .acknowledge('client')
      .close();
    expect(await one(conversation)).toMatchObject({
      protocol: 6,
      orientation: 'handshake',
      state: 'CLOSED',
      handshake: '000003e8ffffff00',
      ended: 'capture',
      client: {
        address: '10.0.0.1',
        port: 40_000,
        bytes: 6 * 40 + 100,
        packets: 6,
        tcp: { flags: 0x1b, retransmits: 0, outOfOrder: 0, resets: 0 },
      },
      server: { address: '10.0.0.2', port: 443, bytes: 3 * 40 + 1000, packets: 3, tcp: { flags: 0x1b } },
    });
  });

  test('both halves of its round trip are measured in the handshake', async () => {
    const flow = await one(new Conversation().open(20, 5));
    expect(flow.server.tcp?.handshakeRttMs).toBeCloseTo(20, 1);
    expect(flow.client.tcp?.handshakeRttMs).toBeCloseTo(5, 1);
    expect(flow.state).toBe('ESTABLISHED');
  });

  test('no handshake is measured when its SYN was sent twice: nobody knows which one was answered', async () => {
    const conversation = new Conversation().send('client', SYN).wait(1000);
    conversation.client.next--;
    const flow = await one(conversation.open(20, 5));
    expect(flow.server.tcp?.handshakeRttMs).toBeNull();
    expect(flow.client.tcp?.retransmits).toBe(1);
  });

  test('nor when it was sent again after it had been answered', async () => {
    const talk = new Conversation()
      .send('client', SYN)
      .wait(20)
      .send('server', SYN | ACK)
      .wait(800);
    talk.send('client', SYN, zeros(0), { sequence: 1000 }).wait(3).send('client', ACK);
    const { flows } = await capture(talk.packets);
    expect(flows).toMatchObject([
      {
        state: 'ESTABLISHED',
        client: { tcp: { retransmits: 1, handshakeRttMs: null } },
        server: { tcp: { handshakeRttMs: 20 } },
      },
    ]);
  });

  test('an acknowledgment says how far its sender has got: what comes then is late', async () => {
    const talk = new Conversation().open().data('client', 100);
    const { next } = talk.client;
    talk.send('client', ACK, zeros(0), { sequence: next + 500 }).wait(1);
    talk.send('client', PSH | ACK, zeros(500), { sequence: next });
    const { flows } = await capture(talk.packets);
    expect(flows).toMatchObject([{ client: { tcp: { outOfOrder: 1, retransmits: 0 } } }]);
  });

  test('unless it is so far ahead that it is none of this connection', async () => {
    const talk = new Conversation().open().data('client', 100);
    const { next } = talk.client;
    talk.send('client', ACK, zeros(0), { sequence: (next + 0x4000_0000) >>> 0 }).wait(1);
    talk.send('client', PSH | ACK, zeros(500), { sequence: next });
    const { flows } = await capture(talk.packets);
    expect(flows).toMatchObject([{ client: { tcp: { outOfOrder: 0, retransmits: 0 } } }]);
  });

  test('data that is acknowledged measures the side that acknowledges', async () => {
    const conversation = new Conversation().open(1, 1);
    for (let i = 0; i < 20; i++) conversation.data('client', 10).wait(40).acknowledge('server').wait(5);
    const flow = await one(conversation);
    expect(flow.server.tcp?.dataRttMs).toBeCloseTo(40, 1);
    expect(flow.client.tcp?.dataRttMs).toBeNull();
  });

  test('what is sent again is a retransmission, a duplicate when it had arrived', async () => {
    const conversation = new Conversation().open(1, 1).data('client', 100).data('client', 100);
    const first = conversation.client.next - 200;
    conversation.wait(300).send('client', PSH | ACK, zeros(100), { sequence: first });
    conversation
      .wait(1)
      .acknowledge('server')
      .wait(1)
      .send('client', PSH | ACK, zeros(100), { sequence: first });
    expect((await one(conversation)).client.tcp).toMatchObject({
      retransmits: 2,
      duplicates: 1,
      outOfOrder: 0,
    });
  });

  test('what comes late, but sooner than a sender could have noticed, is out of order', async () => {
    const conversation = new Conversation().open(20, 5);
    const { next } = conversation.client;
    conversation
      .send('client', ACK, zeros(100), { sequence: next + 100 })
      .wait(1)
      .send('client', ACK, zeros(100), { sequence: next });
    expect((await one(conversation)).client.tcp).toMatchObject({ retransmits: 0, outOfOrder: 1 });
  });

  test('what fills a hole after more than a round trip was lost and sent again', async () => {
    const conversation = new Conversation().open(20, 5);
    const { next } = conversation.client;
    conversation
      .send('client', ACK, zeros(100), { sequence: next + 100 })
      .wait(60)
      .send('client', ACK, zeros(100), { sequence: next });
    expect((await one(conversation)).client.tcp).toMatchObject({ retransmits: 1, outOfOrder: 0 });
  });

  test('a keep-alive is no retransmission', async () => {
    const conversation = new Conversation()
      .open()
      .data('client', 10)
      .wait(1)
      .acknowledge('server')
      .wait(9000);
    conversation
      .send('client', ACK, zeros(1), { sequence: conversation.client.next - 1 })
      .acknowledge('server');
    conversation.send('client', ACK, zeros(0), { sequence: conversation.client.next - 1 });
    expect((await one(conversation)).client.tcp).toMatchObject({ retransmits: 0, duplicates: 0 });
  });

  test('windows of zero are counted at the side that cannot take more', async () => {
    const conversation = new Conversation()
      .open()
      .data('client', 10)
      .send('server', ACK, zeros(0), { window: 0 });
    const flow = await one(conversation);
    expect([flow.client.tcp?.zeroWindows, flow.server.tcp?.zeroWindows]).toEqual([0, 1]);
  });

  test('that is refused', async () => {
    const flow = await one(new Conversation().send('client', SYN).wait(1).reset('server'));
    expect(flow).toMatchObject({
      state: 'RESET',
      client: { tcp: { resets: 0 } },
      server: { tcp: { resets: 1 } },
    });
  });

  test('a reset far from the window is counted and not believed', async () => {
    const conversation = new Conversation().open().send('server', RST, zeros(0), { sequence: 0x7000_0000 });
    expect(await one(conversation)).toMatchObject({ state: 'ESTABLISHED', server: { tcp: { resets: 1 } } });
  });

  test('of which one side has closed', async () => {
    const conversation = new Conversation().open().send('client', 0x11).wait(1).acknowledge('server');
    expect(await one(conversation)).toMatchObject({ state: 'HALF_CLOSED' });
  });

  test('sequence numbers go round', async () => {
    const conversation = new Conversation({ clientSequence: 0xffff_fff0 }).open();
    for (let i = 0; i < 10; i++) conversation.data('client', 100).wait(3).acknowledge('server');
    expect((await one(conversation.close())).client.tcp).toMatchObject({ retransmits: 0, outOfOrder: 0 });
  });
});

describe('who is the client', () => {
  const swapped = (flags: number, ends = { client: '10.0.0.9', clientPort: 8080, serverPort: 50_000 }) =>
    new Conversation(ends).send('server', flags);

  test('who sends SYN, whatever the ports', async () => {
    const { flows } = await capture(
      new Conversation({ clientPort: 80, serverPort: 50_000 }).send('client', SYN).packets,
    );
    expect(flows).toMatchObject([{ orientation: 'handshake', client: { port: 80 } }]);
  });

  test('who receives SYN-ACK, also when that comes first', async () => {
    const { flows } = await capture(swapped(SYN | ACK).packets);
    expect(flows).toMatchObject([{ orientation: 'handshake', client: { address: '10.0.0.9', port: 8080 } }]);
  });

  test('without a handshake: who does not have the service’s port', async () => {
    const { flows } = await capture(swapped(ACK).packets);
    expect(flows).toMatchObject([
      { orientation: 'ports', client: { port: 50_000 }, server: { port: 8080, packets: 0 } },
    ]);
  });

  test('without any sign: who sent first, until a handshake tells better', async () => {
    const ends = { clientPort: 40_000, serverPort: 40_001 };
    const first = await capture(swapped(ACK, { client: '10.0.0.9', ...ends }).packets);
    expect(first.flows).toMatchObject([{ orientation: 'first packet', client: { address: '10.0.0.2' } }]);
    const later = await capture(new Conversation(ends).send('server', SYN | ACK).send('client', ACK).packets);
    expect(later.flows).toMatchObject([{ orientation: 'handshake', client: { address: '10.0.0.1' } }]);
  });
});

describe('where a flow ends', () => {
  test('the same ports with another SYN are another flow', async () => {
    const first = new Conversation().open().data('client', 10).close();
    const second = new Conversation({ start: 1_700_000_001, clientSequence: 77_777 }).open();
    const { flows, account } = await capture([...first.packets, ...second.packets]);
    expect(flows).toMatchObject([
      { ended: 'reused', state: 'CLOSED', client: { packets: 5 } },
      { ended: 'capture', state: 'ESTABLISHED', client: { packets: 2 } },
    ]);
    expect(account.flows).toMatchObject({ begun: 2, reused: 1 });
    expect(new Set(flows.map((flow) => flow.id)).size).toBe(2);
  });

  test('also when the end of the first was not seen', async () => {
    const first = new Conversation().open();
    const second = new Conversation({ start: 1_700_000_001, clientSequence: 77_777 }).open();
    const { flows } = await capture([...first.packets, ...second.packets]);
    expect(flows).toMatchObject([{ ended: 'reused' }, { ended: 'capture' }]);
  });

  const datagram = (port: number) =>
    ethernet(
      udpPacket({ source: '10.0.0.1', destination: '10.0.0.2', sourcePort: port, destinationPort: 53 }),
    );
  const ticking = (from: number, seconds: number) =>
    Array.from({ length: seconds }, (_, second) => ({ bytes: datagram(1), time: from + second }));

  test('silence ends it: soon when it was closed, later when it lives', async () => {
    const closed = new Conversation().open().close();
    const living = new Conversation({ clientPort: 40_001 }).open();
    const packets = [
      ...closed.packets,
      ...living.packets,
      { bytes: datagram(2), time: 1_700_000_000 },
      ...ticking(1_700_000_001, 400),
    ];
    const { flows, account } = await capture(packets);
    const ends = Object.fromEntries(flows.map((flow) => [flow.client.port, flow.ended]));
    expect(ends).toEqual({ 40000: 'closed', 40001: 'idle', 2: 'idle', 1: 'capture' });
    expect(account.flows).toMatchObject({ begun: 4, closed: 1, idle: 2 });
  }, 60_000);

  test('a full table ends a quiet flow for each new one, and says so', async () => {
    const packets = Array.from({ length: 1000 }, (_, at) => datagram(1000 + at));
    const { flows, account } = await capture(packets, { maxFlows: 100 });
    expect(flows).toHaveLength(1000);
    expect(flows.filter((flow) => flow.ended === 'evicted')).toHaveLength(900);
    expect(account.flows).toMatchObject({ begun: 1000, evicted: 900, living: 0 });
    expect(flows.reduce((sum, flow) => sum + flow.client.packets, 0)).toBe(1000);
  });

  test('times that jump about lose no packet', async () => {
    const times = [1_700_000_000, 4_000_000_000, 1_700_000_001, 0, 1_700_000_002];
    const { flows } = await capture(times.map((time) => ({ bytes: datagram(1), time })));
    expect(flows.reduce((sum, flow) => sum + flow.client.packets, 0)).toBe(5);
  });
});

test('any order of any packets: every packet and byte is in exactly one flow', async () => {
  const flag = fc.constantFrom(SYN, SYN | ACK, ACK, RST, 0x11, PSH | ACK);
  const step = fc.record({
    from: fc.constantFrom('client' as const, 'server' as const),
    flags: flag,
    length: fc.nat(200),
    port: fc.integer({ min: 40_000, max: 40_004 }),
    sequence: fc.nat(100_000),
    wait: fc.nat(20_000),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 100 }),
      fc.integer({ min: 1, max: 8 }),
      async (steps, maxFlows) => {
        const packets = steps.flatMap(
          ({ from, flags, length, port, sequence, wait }, at) =>
            new Conversation({ clientPort: port, start: 1_700_000_000 + at * 10 })
              .wait(wait)
              .send(from, flags, zeros(length), { sequence }).packets,
        );
        const { flows, account } = await capture(packets, { maxFlows });
        const sides = flows.flatMap((flow) => [flow.client, flow.server]);
        expect(sides.reduce((sum, side) => sum + side.packets, 0)).toBe(steps.length);
        expect(sides.reduce((sum, side) => sum + side.bytes, 0)).toBe(
          packets.reduce((sum, { bytes }) => sum + bytes.length - 14, 0),
        );
        expect(flows).toHaveLength(account.flows.begun);
        expect(flows.every((flow) => flow.ended !== null)).toBe(true);
      },
    ),
    { numRuns: 60, interruptAfterTimeLimit: 5000 },
  );
});
