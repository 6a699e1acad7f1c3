import { hostname, tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { type AgentOptions, OptionsError, parseOptions } from './options.js';

function options(...args: string[]): AgentOptions {
  const command = parseOptions(args);
  if (command.kind !== 'run') throw new Error(`expected to run, got ${command.kind}`);
  return command.options;
}

describe('where events go', () => {
  test('without --zmq they are printed as text', () => {
    expect(options()).toMatchObject({ endpoints: [], print: 'text', name: hostname(), intervalMs: 5000 });
  });

  test('with --zmq nothing is printed, with -v everything', () => {
    expect(options('--zmq', 'tcp://127.0.0.1:1234c').print).toBeNull();
    expect(options('-v', '--zmq', 'tcp://127.0.0.1:1234c').print).toBe('text');
    expect(options('-v', '-z', 'tcp://127.0.0.1:1234c', '--format', 'ntop').print).toBe('ntop');
  });

  test.each([
    [['--zmq', 'tcp://127.0.0.1:1234c']],
    [['--zmq=tcp://127.0.0.1:1234c']],
    [['-z', 'tcp://127.0.0.1:1234c']],
    [['-ztcp://127.0.0.1:1234c']],
    [['-z=tcp://127.0.0.1:1234c']],
    [['-vz', 'tcp://127.0.0.1:1234c']],
  ])('%j connects to a listening collector', (args) => {
    expect(options(...args).endpoints).toEqual([
      { text: 'tcp://127.0.0.1:1234c', address: 'tcp://127.0.0.1:1234', mode: 'connect' },
    ]);
  });

  test('endpoints may be repeated and listed; without the c the agent listens', () => {
    const { endpoints } = options('-z', 'tcp://10.0.0.1:1234c,tcp://10.0.0.2:1234c', '-z', 'tcp://*:5556');
    expect(endpoints.map(({ address, mode }) => [address, mode])).toEqual([
      ['tcp://10.0.0.1:1234', 'connect'],
      ['tcp://10.0.0.2:1234', 'connect'],
      ['tcp://*:5556', 'bind'],
    ]);
  });
});

describe('which events', () => {
  const all = {
    openings: true,
    udp: true,
    retransmits: true,
    closes: true,
    others: true,
    incoming: true,
    outgoing: true,
  };
  const none = { openings: false, udp: false, retransmits: false, closes: false, others: false };
  const both = { incoming: true, outgoing: true };

  test.each([
    [[], all],
    [['-t'], { ...none, ...both, openings: true }],
    [['--udp'], { ...none, ...both, udp: true }],
    [['-r'], { ...none, ...both, retransmits: true }],
    [['--tcpclose'], { ...none, ...both, closes: true }],
    [['-tc'], { ...none, ...both, openings: true, closes: true }],
    [['-i'], { ...all, others: false, outgoing: false }],
    [['--out'], { ...all, others: false, incoming: false }],
    [['-i', '-o'], { ...all, others: false }],
    [['-t', '-u', '-i'], { ...none, openings: true, udp: true, incoming: true, outgoing: false }],
  ])('%j', (args, selection) => {
    expect(options(...args).selection).toEqual(selection);
  });
});

test('settings are read', () => {
  const given = options(
    '--cgroup',
    tmpdir(),
    '--interval',
    '0.5',
    '--name',
    'web-1',
    '--exporter',
    'fd00::2',
  );
  expect(given).toMatchObject({ cgroup: tmpdir(), intervalMs: 500, name: 'web-1', exporter: 'fd00::2' });
});

test('help and version are answered whatever else is there', () => {
  expect(parseOptions(['-v', '-h']).kind).toBe('help');
  expect(parseOptions(['--help', '-z', 'nonsense']).kind).toBe('help');
  expect(parseOptions(['-V']).kind).toBe('version');
});

test.each([
  [['--zmqq', 'x'], /unknown option --zmqq/],
  [['-x'], /unknown option -x/],
  [['tcp://127.0.0.1:1234c'], /--zmq tcp:\/\/127\.0\.0\.1:1234c/],
  [['--zmq'], /--zmq needs a value/],
  [['-z', '-v'], /-z needs a value/],
  [['--zmq='], /--zmq needs a value/],
  [['-z='], /--zmq/],
  [['--zmq', '127.0.0.1:1234'], /--zmq: .*tcp:\/\//],
  [['--zmq', 'tcp://127.0.0.1:99999c'], /--zmq: .*port/],
  [['-z', 'tcp://10.0.0.1:1c', '-z', 'tcp://10.0.0.1:1c'], /twice/],
  [['--verbose=yes'], /takes no value/],
  [['--format', 'xml'], /text, json, ntop/],
  [['--format', 'json', '-z', 'tcp://127.0.0.1:1234c'], /add -v/],
  [['--interval', '0'], /0\.1 to 3600/],
  [['--interval', '5s'], /seconds/],
  [['--interval', '1e3'], /seconds/],
  [['--cgroup', '/no/such/folder'], /no such directory/],
  [['--name', 'a\nb'], /control character/],
  [['--exporter', 'myhost'], /IPv4 or IPv6/],
])('%j is refused with what to write', (args, message) => {
  expect(() => parseOptions(args)).toThrow(OptionsError);
  expect(() => parseOptions(args)).toThrow(message);
});
