import { describe, expect, test } from '@jest/globals';
import type { TcpRecord } from '@packetless/introspection';
import {
  type Container,
  type ConversationEvent,
  containerOfId,
  type ListeningEvent,
  type ListeningSocket,
  type Process,
} from '@packetless/model';
import { wantsColour } from '@packetless/terminal';
import fc from 'fast-check';
import { datagramEvent, type Reporter, tcpEvent } from '../events/conversation.js';
import { datagramRecord, tcpRecord } from '../events/records.sample.js';
import { jsonLine } from '../sinks/json.js';
import { textFormat } from './format.js';

const CURL: Process = {
  pid: 4242,
  tid: 4242,
  uid: 1000,
  user: 'alice',
  gid: 1000,
  group: 'alice',
  name: 'curl',
  exe: '/usr/bin/curl',
  exeDeleted: false,
  role: null,
  script: null,
  cmdline: null,
  parent: null,
  evidence: 'kernel',
};

function reporter(process: Process | null, container: Container | null = null): Reporter {
  return {
    agent: 'a',
    exporter: null,
    location: String,
    identify: () => process as Process,
    containerOf: () => container,
    translated: () => null,
  };
}

function tcp(changes: Parameters<typeof tcpRecord>[0] = {}, process: Process = CURL): ConversationEvent {
  return tcpEvent(tcpRecord(changes), reporter(process));
}

function plain(
  columns: number | null = null,
  placeOf: (location: string | null) => string | null = () => null,
) {
  return textFormat({ colour: false, columns: () => columns, placeOf });
}

const text = (event: ConversationEvent) => plain()(event);

describe('a line', () => {
  test('tells time, event, process, user, both ends and latency, in columns', () => {
    const time = new Date(2026, 10, 22, 12, 3, 4, 123).getTime();
    expect(text(tcp({ time }))).toBe(
      '12:03:04.123 CONNECT        tcp  curl(4242)             alice      192.0.2.2:40100       → 192.0.2.9:80          0.177 ms',
    );
  });

  test('of an accept begins at the client, with the process of this host', () => {
    const line = text(tcp({ kind: 'accept', side: 'server', localPort: 80, remotePort: 40100 }));
    expect(line).toContain('ACCEPT         tcp  curl(4242)');
    expect(line).toContain('192.0.2.9:40100       → 192.0.2.2:80');
  });

  test('names the container, a pod in full, and what a process does for containers', () => {
    const inside = (container: Container, process = CURL) =>
      text(tcpEvent(tcpRecord(), reporter(process, container)));
    const pod = {
      ...containerOfId('c'.repeat(64)),
      name: 'dnsmasq',
      pod: 'kube-dns-x',
      namespace: 'kube-system',
    };
    expect(inside(pod)).toMatch(/ {2}\[kube-system\/kube-dns-x\/dnsmasq\]$/);
    expect(inside(containerOfId('c'.repeat(64)))).toMatch(/ {2}\[cccccccccccc\]$/);
    const role = 'forwards port 8080 to 172.17.0.2:80 (docker-proxy)';
    expect(text(tcp({}, { ...CURL, role }))).toMatch(
      / {2}forwards port 8080 to 172\.17\.0\.2:80 \(docker-proxy\)$/,
    );
    const hostile = inside({ ...pod, name: `\u001b[31m${'x'.repeat(65_536)}` });
    expect(hostile).not.toContain('\u001b');
    expect(hostile.length).toBeLessThan(400);
  });

  test('of a failed connect tells why', () => {
    expect(text(tcp({ kind: 'connect-failed', error: 111, latencyMs: null }))).toMatch(
      /192\.0\.2\.9:80 +refused$/,
    );
  });

  test('of a close tells bytes each way and how long it lasted', () => {
    const format = plain();
    const { time } = tcpRecord();
    format(tcp());
    expect(format(tcp({ kind: 'close', time: time + 1250 }))).toMatch(/→ 100 B {2}← 2\.0 kB {2}in 1\.25 s$/);
    expect(format(tcp({ kind: 'close', socket: 1, error: 104 }))).toMatch(/← 2\.0 kB {2}reset$/);
  });

  test('of a close that came together with its begin tells no duration', () => {
    const format = plain();
    const { time } = tcpRecord();
    format(tcp());
    expect(format(tcp({ kind: 'close', time: time + 0.01 }))).toMatch(/← 2\.0 kB$/);
  });

  test('of a reset connection tells who reset it, once', () => {
    const closed = (error: number, reset: TcpRecord['reset']) => text(tcp({ kind: 'close', error, reset }));
    expect(closed(104, { by: 'peer', reason: null })).toMatch(/kB {2}peer reset$/);
    expect(closed(0, { by: 'self', reason: 'tcp abort on close' })).toMatch(
      /kB {2}reset here: tcp abort on close$/,
    );
    const refused = tcp({
      kind: 'connect-failed',
      error: 111,
      latencyMs: null,
      reset: { by: 'peer', reason: null },
    });
    expect(text(refused)).toMatch(/:80 +refused$/);
  });

  test('names a script with its interpreter, and says that an executable is gone', () => {
    const script = { ...CURL, name: 'python3.11', script: '/srv/app.py' };
    expect(text(tcp({}, script))).toContain(' python3.11[app.py](4242) ');
    expect(text(tcp({}, { ...CURL, exeDeleted: true }))).toContain(' curl(4242)(deleted) ');
  });

  test('says how an owner is known where the kernel did not name it', () => {
    const by = (evidence: Process['evidence']) => text(tcp({}, { ...CURL, evidence }));
    expect([by('kernel'), by('io'), by('proc')].map((line) => line?.match(/ms(.*)/)?.[1])).toEqual([
      '',
      '  by io',
      '  by /proc',
    ]);
  });

  test('names the network namespace where it is not the host’s own', () => {
    const format = plain(null, (location) => (location === '4026531840' ? null : 'web'));
    expect(format(tcp())).not.toContain(' in ');
    expect(format(tcp({ netns: 1 }))).toMatch(/ms {2}in web$/);
  });

  test('has no ports where the protocol has none, and no addresses below IP', () => {
    const of = (protocol: number) =>
      text(datagramEvent(datagramRecord({ protocol, localPort: 0, remotePort: 0 }), reporter(CURL)));
    expect(of(1)).toMatch(/SEND +icmp curl.* 192\.0\.2\.2 +→ 192\.0\.2\.53$/);
    expect(of(253)).toMatch(/SEND +253 +curl.* 192\.0\.2\.2 +→ /);
    expect(of(255)).toMatch(/SEND +packet curl\(4242\) +alice +- +→ -$/);
  });

  test('of retransmissions tells how many', () => {
    const of = (count: number) => text(tcp({ kind: 'retransmit', count, latencyMs: null }));
    expect(of(1)).toMatch(/ 1 segment$/);
    expect(of(3)).toMatch(/ 3 segments$/);
    const lost = tcp({ kind: 'retransmit', count: 1, state: 2, cause: 'handshake' });
    expect(text(lost)).toMatch(/ 1 segment, handshake, SYN_SENT$/);
  });

  test('writes IPv6 in brackets and ids without a name as numbers', () => {
    const nameless = { ...CURL, uid: 1234, user: null };
    const line = text(tcp({ localAddress: '2001:db8::1', remoteAddress: '::1' }, nameless));
    expect(line).toContain(' 1234 ');
    expect(line).toContain('[2001:db8::1]:40100   → [::1]:80');
  });

  test('shows an unknown owner as such, and the owner when it is known', () => {
    expect(text(tcp({ kind: 'accept', side: 'server', owner: null }))).toMatch(/tcp {2}\? +\? /);
    expect(text(tcp({ kind: 'owner' }))).toContain('OWNER');
  });

  test('is not there for the counters of a UDP conversation', () => {
    const format = plain();
    const udp = (changes: Parameters<typeof datagramRecord>[0]) =>
      format(datagramEvent(datagramRecord(changes), reporter(CURL)));
    expect(udp({})).toContain('SEND           udp  curl(4242)');
    expect(udp({ phase: 'update' })).toBeNull();
    expect(udp({ phase: 'end', time: 1_700_000_002_000.5 })).toMatch(/→ 40 B {2}← 120 B {2}in 2\.00 s$/);
  });
});

describe('a small terminal', () => {
  const lines = (columns: number, ...events: ConversationEvent[]) => {
    const format = plain(columns);
    return events.flatMap((event) => format(event)?.split('\n') ?? []);
  };
  const accept = {
    kind: 'accept',
    side: 'server',
    localPort: 80,
    remotePort: 40100,
    latencyMs: 0.2,
  } as const;

  test('gets lines that fit, from the process of this host to the other end', () => {
    const time = new Date(2026, 10, 22, 12, 3, 4, 123).getTime();
    const of = lines(80, tcp({ time }), tcp({ ...accept, time }), tcp({ kind: 'close', time: time + 2 }));
    expect(of).toEqual([
      'TIME     EVENT   PROCESS(PID)     LPORT   REMOTE             DETAILS',
      '12:03:04 CONNECT curl(4242)       40100 → 192.0.2.9:80       0.177ms',
      '12:03:04 ACCEPT  curl(4242)          80 ← 192.0.2.9:40100    0.200ms',
      '12:03:04 CLOSE   curl(4242)       40100 → 192.0.2.9:80       ↑100B ↓2.0kB 2.0ms',
    ]);
    for (const line of of) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('leaves out the end of a name, never of a process id', () => {
    const name = 'a-program-with-a-long-name';
    expect(lines(80, tcp({}, { ...CURL, name }))[1]).toContain(' a-program…(4242) ');
    expect(lines(96, tcp({}, { ...CURL, name }))[1]).toContain(' a-program-with-a-…(4242) ');
    expect(lines(80, tcp({}, { ...CURL, name, script: '/srv/app.py' }))[1]).toContain(' app.py(4242) ');
  });

  test('has the header again when its width has changed the columns', () => {
    let columns = 200;
    const format = textFormat({ colour: false, columns: () => columns, placeOf: () => null });
    const headers = [200, 150, 80, 80, 200].map((width) => {
      columns = width;
      return format(tcp())?.includes('PROCESS(PID)');
    });
    expect(headers).toEqual([true, false, true, false, true]);
  });
});

describe('sockets that listen', () => {
  const socket = (port: number, protocol = 6): ListeningSocket => ({
    protocol,
    address: '0.0.0.0',
    port,
    process: CURL,
    container: null,
    location: null,
    socket: port,
    interfaceName: null,
    since: null,
    backlog: null,
    backlogLimit: null,
  });
  const list = (time: number, ...sockets: ListeningSocket[]): ListeningEvent => ({
    type: 'listening',
    time,
    agent: null,
    exporter: null,
    addresses: [],
    location: null,
    part: 0,
    parts: 1,
    sockets,
  });

  test('say which container they are in', () => {
    const format = plain();
    format(list(1));
    const web = { ...containerOfId('c1'), name: 'web' };
    expect(format(list(2, { ...socket(81), container: web }))).toMatch(/0\.0\.0\.0:81 +\[web\]$/);
  });

  test('are told when they begin and when they end; those of before the agent are no news', () => {
    const format = plain();
    expect(format(list(1, socket(22)))).toBeNull();
    expect(format(list(2, socket(22), socket(80)))).toMatch(
      / LISTEN +tcp +curl\(4242\) +alice +\* +→ 0\.0\.0\.0:80$/,
    );
    expect(format(list(3, socket(22), socket(80)))).toBeNull();
    expect(format(list(4, socket(80)))).toMatch(/ LISTEN_END .*:22$/);
  });

  test('of UDP are told when they were there twice', () => {
    const format = plain();
    format(list(1));
    expect(format(list(2, socket(5353, 17), socket(53, 17)))).toBeNull();
    expect(format(list(3, socket(53, 17)))).toMatch(/LISTEN +udp .*:53$/);
  });

  test('may come in parts, which are one list together', () => {
    const format = plain();
    format(list(1, socket(22)));
    expect(format({ ...list(2, socket(22)), parts: 2 })).toBeNull();
    expect(format({ ...list(2, socket(80)), parts: 2, part: 1 })).toMatch(/LISTEN .*:80$/);
  });
});

describe('colours', () => {
  test('are for terminals whose user did not refuse them', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
  });

  test('change nothing but the colours', () => {
    const event = tcp({ kind: 'connect-failed', error: 111 });
    const coloured = textFormat({ colour: true, columns: () => null, placeOf: () => null })(event)!;
    expect(coloured).toContain('\u001b[31m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
    expect(coloured.replace(/\u001b\[\d*m/g, '')).toBe(text(event));
  });
});

describe('hostile names', () => {
  const hostile = { ...CURL, name: 'x\u001b[2J\r\n\u202e\u009b', user: 'a\tb\u2028' };

  test('are shown, not obeyed', () => {
    expect(text(tcp({}, hostile))).toContain('x\\x1b[2J\\x0d\\x0a\\u{202e}\\x9b(4242)');
  });

  test('never put an active character on the terminal, in any format, and JSON keeps them', () => {
    const active = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]/u;
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, user) => {
        const event = tcp({}, { ...CURL, name, user });
        expect(text(event)).not.toMatch(active);
        expect(jsonLine(event)).not.toMatch(active);
        expect(JSON.parse(jsonLine(event))).toEqual(event);
      }),
    );
  });
});

test('a conversation that is translated says where it goes, and as whom', () => {
  const client = { address: '192.0.2.2', port: 40100 };
  const server = { address: '192.0.2.9', port: 80 };
  const line = (translated: ConversationEvent['translated']) => text({ ...tcp(), translated });
  expect(line({ client, server: { address: '172.17.0.3', port: 8080 } })).toMatch(
    / {2}⇒ 172\.17\.0\.3:8080$/,
  );
  expect(line({ client: { ...client, port: 61000 }, server })).toMatch(/ {2}as 192\.0\.2\.2:61000$/);
  expect(line({ client, server })).toBe(line(null));
});
