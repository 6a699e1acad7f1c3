import { hostname, tmpdir } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { printFilter } from '@packetless/model';
import { type AgentOptions, OptionsError, parseOptions } from './options.js';

function options(...args: string[]): AgentOptions {
  const command = parseOptions(args);
  if (command.kind !== 'run') throw new Error(`expected to run, got ${command.kind}`);
  return command.options;
}

describe('where events go', () => {
  test('without --zmq they are printed as text', () => {
    expect(options()).toMatchObject({
      endpoints: [],
      print: 'text',
      name: hostname(),
      intervalMs: 5000,
      durationMs: null,
    });
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
    loopback: true,
    listening: true,
  };
  const none = {
    openings: false,
    udp: false,
    retransmits: false,
    closes: false,
    others: false,
    loopback: true,
    listening: true,
  };
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
    [['-l'], { ...all, loopback: false }],
    [['-L'], { ...all, listening: false }],
    [['-t', '-u', '-i'], { ...none, openings: true, udp: true, incoming: true, outgoing: false }],
  ])('%j', (args, selection) => {
    expect(options(...args).selection).toEqual(selection);
  });
});

describe('where events come from', () => {
  test.each<[string[], unknown]>([
    [[], { source: { kind: 'auto' }, netlink: true, tier: null }],
    [['-e'], { source: { kind: 'netlink' } }],
    [['-n'], { source: { kind: 'auto' }, netlink: false }],
    [['--source', 'ebpf', '--tier', 'B'], { source: { kind: 'ebpf' }, tier: 'B' }],
    [['--source', 'netlink', '-e'], { source: { kind: 'netlink' } }],
    [['--source', 'libebpfflow'], { source: { kind: 'libebpfflow', library: null } }],
    [['--source', 'libebpfflow:/opt/l.so'], { source: { kind: 'libebpfflow', library: '/opt/l.so' } }],
    [['--source', 'replay:a:b'], { source: { kind: 'replay', file: 'a:b', speed: 1 } }],
    [['--source=replay:-', '--speed', '2.5'], { source: { kind: 'replay', file: '-', speed: 2.5 } }],
    [['--source', 'replay:x', '--speed', 'max'], { source: { kind: 'replay', file: 'x', speed: Infinity } }],
  ])('%j', (args, expected) => expect(options(...args)).toMatchObject(expected as object));
});

describe('which conversations', () => {
  test.each<[string[], string | null]>([
    [[], null],
    [['--pid', '12'], 'pid=12'],
    [['--process', 'Kube*'], 'process:"kube*"'],
    [['--user', 'www-data', '--container', 'web'], 'user:"www-data" and container:"web"'],
    [['--port', '80,443', '--port', '53'], 'port=80 or port=443 or port=53'],
    [['--address', '10.0.0.0/8'], 'host:10.0.0.0/8'],
    [['--failed', '--filter', 'rtt>50ms or not closed'], 'failed and (rtt>50ms or not closed)'],
    [['--filter', 'curl', '--pid', '1,2'], '(pid=1 or pid=2) and "curl"'],
    [['--filter', '  '], null],
  ])('%j: %s', (args, expected) => {
    const { filter } = options(...args);
    expect(filter === null ? null : printFilter(filter)).toBe(expected);
  });
});

test('settings are read', () => {
  const given = options(
    '--cgroup',
    tmpdir(),
    '--interval',
    '0.5',
    '--duration',
    '60',
    '--name',
    'web-1',
    '--exporter',
    'fd00::2',
  );
  expect(given).toMatchObject({
    cgroup: tmpdir(),
    intervalMs: 500,
    durationMs: 60_000,
    name: 'web-1',
    exporter: 'fd00::2',
  });
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
  [['-e', '-n'], /drop one/],
  [['-e', '--source', 'ebpf'], /drop one/],
  [['-n', '--source', 'netlink'], /drop one/],
  [['--source', 'bpf'], /"bpf": write one of auto, ebpf, netlink/],
  [['--source', 'ebpf:x'], /write one of/],
  [['--source', 'replay'], /replay:FILE/],
  [['--source', 'replay:'], /replay:FILE/],
  [['--speed', '2'], /--source replay:FILE/],
  [['--source', 'replay:x', '--speed', 'fast'], /or max/],
  [['--source', 'replay:x', '--speed', '0'], /0\.01/],
  [['--tier', 'C'], /A or B/],
  [['--source', 'netlink', '--tier', 'A'], /not of netlink/],
  [['--duration', '-1'], /needs a value/],
  [['--duration', 'ever'], /--duration "ever": write seconds/],
  [['--pid', 'curl'], /process id/],
  [['--pid', '0'], /from 1 to/],
  [['--port', '70000'], /from 0 to 65535/],
  [['--port', '80-90'], /a port/],
  [['--process', 'a,'], /--process: write a name/],
  [['--address', 'example.com'], /address or network/],
  [['--address', '10.0.0.0/8=office'], /address or network/],
  [['--failed=yes'], /takes no value/],
  [['--filter', 'proces:curl'], /at character 1: There is no field "proces"/],
  [['--filter', 'failed and rtt>5'], /at character 16: .*time with its unit/],
  [['--filter', 'interface:lo'], /"if"/],
])('%j is refused with what to write', (args, message) => {
  expect(() => parseOptions(args)).toThrow(OptionsError);
  expect(() => parseOptions(args)).toThrow(message);
});
