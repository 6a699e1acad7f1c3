import { describe, expect, test } from '@jest/globals';
import type { ConversationEvent, Process } from '@packetless/model';
import fc from 'fast-check';
import { datagramEvent, type Reporter, tcpEvent } from '../events/conversation.js';
import { datagramRecord, tcpRecord } from '../events/records.sample.js';
import { jsonLine } from './json.js';
import { textFormat, wantsColour } from './text.js';

const CURL = { pid: 4242, uid: 1000, user: 'alice', name: 'curl' } as Process;

function reporter(process: Process | null): Reporter {
  return { agent: 'a', exporter: null, location: String, identify: () => process as Process };
}

function tcp(changes: Parameters<typeof tcpRecord>[0] = {}, process: Process = CURL): ConversationEvent {
  return tcpEvent(tcpRecord(changes), reporter(process));
}

const text = (event: ConversationEvent) => textFormat({ colour: false })(event);

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

  test('of a failed connect tells why', () => {
    expect(text(tcp({ kind: 'connect-failed', error: 111, latencyMs: null }))).toMatch(
      /192\.0\.2\.9:80 +refused$/,
    );
  });

  test('of a close tells bytes each way and how long it lasted', () => {
    const format = textFormat({ colour: false });
    const { time } = tcpRecord();
    format(tcp());
    expect(format(tcp({ kind: 'close', time: time + 1250 }))).toMatch(/→ 100 B {2}← 2\.0 kB {2}in 1\.25 s$/);
    expect(format(tcp({ kind: 'close', socket: 1, error: 104 }))).toMatch(/← 2\.0 kB {2}reset$/);
  });

  test('of retransmissions tells how many', () => {
    const of = (count: number) => text(tcp({ kind: 'retransmit', count, latencyMs: null }));
    expect(of(1)).toMatch(/ 1 segment$/);
    expect(of(3)).toMatch(/ 3 segments$/);
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
    const format = textFormat({ colour: false });
    const udp = (changes: Parameters<typeof datagramRecord>[0]) =>
      format(datagramEvent(datagramRecord(changes), reporter(CURL)));
    expect(udp({})).toContain('SEND           udp  curl(4242)');
    expect(udp({ phase: 'update' })).toBeNull();
    expect(udp({ phase: 'end', time: 1_700_000_002_000.5 })).toMatch(/→ 40 B {2}← 120 B {2}in 2\.00 s$/);
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
    const coloured = textFormat({ colour: true })(event)!;
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
