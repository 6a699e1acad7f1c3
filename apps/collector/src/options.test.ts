import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { type Options, OptionsError, parseOptions } from './options.js';

const ENVIRONMENT = { HOME: '/home/ada', XDG_STATE_HOME: '/var/state' };

function run(...args: string[]): Options {
  const command = parseOptions(args, ENVIRONMENT);
  if (command.kind !== 'run') throw new Error(command.kind);
  return command.options;
}

function refusal(...args: string[]): string {
  try {
    parseOptions(args, ENVIRONMENT);
  } catch (error) {
    if (error instanceof OptionsError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('Kubernetes', () => {
  const zmq = ['-i', 'tcp://*:1c'];
  const here = fileURLToPath(import.meta.url);
  const inPod = { ...ENVIRONMENT, KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };

  test('is not asked unless somebody says so', () => {
    expect(run(...zmq).kubernetes).toBeNull();
  });

  test('of the own cluster is found as every pod finds it', () => {
    const command = parseOptions([...zmq, '--kubernetes', 'auto'], inPod);
    expect(command).toMatchObject({
      options: {
        kubernetes: {
          url: 'https://[fd00::1]:6443',
          tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
          caFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
        },
      },
    });
    expect(refusal(...zmq, '--kubernetes', 'auto')).toContain('works in a pod only');
  });

  test.each([
    ['https://10.0.0.1:6443/', 'https://10.0.0.1:6443'],
    ['https://rancher.example/k8s/clusters/c-1/', 'https://rancher.example/k8s/clusters/c-1'],
    ['http://127.0.0.1:8001', 'http://127.0.0.1:8001'],
  ])('elsewhere is at %s', (text, url) => {
    const files = ['--kubernetes-token-file', here, '--kubernetes-ca-file', here];
    expect(run(...zmq, '--kubernetes', text, ...files).kubernetes).toEqual({
      url,
      tokenFile: here,
      caFile: here,
    });
  });

  test.each([
    [['--kubernetes', 'yes'], 'write auto, or a URL'],
    [['--kubernetes', 'ftp://x'], 'https:// or http://'],
    [['--kubernetes', 'https://u:secret@x'], 'no password in the URL'],
    [['--kubernetes', 'https://x', '--kubernetes-token-file', '/nowhere'], 'there is no file /nowhere'],
    [['--kubernetes-token-file', here], 'belong to --kubernetes'],
    [['--kubernetes', 'http://10.0.0.1', '--kubernetes-token-file', here], 'not sent without encryption'],
  ])('%j is refused', (args, message) => {
    const said = refusal(...zmq, ...args);
    expect(said).toContain(message);
    expect(said).not.toContain('secret');
  });
});

describe('the command line', () => {
  test('as the documents write it', () => {
    const options = run('-i', 'tcp://*:1234c', '-m', '192.168.2.0/24');
    expect(options.interfaces).toMatchObject([
      { name: 'tcp://*:1234c', endpoints: [{ address: 'tcp://*:1234', mode: 'bind' }] },
    ]);
    expect(options.localNetworks.map(({ text }) => text)).toEqual(['192.168.2.0/24']);
    expect(options.web).toEqual({ host: '127.0.0.1', port: 3000 });
    expect(options.stateDirectory).toEqual({ path: '/var/state/packetless-collector', required: false });
  });

  test('a comma list is one interface that bears the whole text as its name', () => {
    const { interfaces } = run('-i', 'tcp://*:1234c,tcp://10.0.0.7:1234', '-i', 'ipc:///run/eventsc');
    expect(interfaces.map(({ name, endpoints }) => [name, endpoints.map(({ mode }) => mode)])).toEqual([
      ['tcp://*:1234c,tcp://10.0.0.7:1234', ['bind', 'connect']],
      ['ipc:///run/eventsc', ['bind']],
    ]);
  });

  test('what has no :// is a network interface or a capture file', () => {
    const given = [
      'tcp://*:1234c',
      'lo',
      'ens3',
      'eth0.100',
      'any',
      'x.pcap',
      '/tmp/x',
      './lo',
      'y.PCAPNG.gz',
    ];
    const { interfaces, packets } = run(...given.flatMap((name) => ['-i', name]));
    expect(interfaces.map((each) => (each.kind === 'zmq' ? 'zmq' : each.source))).toEqual([
      'zmq',
      ...['lo', 'ens3', 'eth0.100', 'any'].map((name) => ({ interface: name })),
      ...['x.pcap', '/tmp/x', './lo', 'y.PCAPNG.gz'].map((file) => ({ file })),
    ]);
    const usual = {
      promiscuous: true,
      snaplen: null,
      bufferBytes: 64 << 20,
      insideTunnels: false,
      applications: true,
    };
    expect(packets).toEqual({ filter: null, ...usual });
    expect(run('-i', 'lo', '-B', 'tcp port 80').packets).toEqual({ filter: 'tcp port 80', ...usual });
    const others = ['--no-promiscuous', '--snaplen', '128', '--capture-buffer', '512'];
    const ofFiles = ['--inside-tunnels', '--no-applications'];
    expect(run('-i', 'lo', ...others, ...ofFiles).packets).toEqual({
      filter: null,
      promiscuous: false,
      snaplen: 128,
      bufferBytes: 512 << 20,
      insideTunnels: true,
      applications: false,
    });
  });

  test.each([
    ['3001', '127.0.0.1', 3001],
    [':3001', '127.0.0.1', 3001],
    ['localhost:0', '127.0.0.1', 0],
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['*:80', '0.0.0.0', 80],
    ['[::1]:8080', '::1', 8080],
  ])('-w %s', (text, host, port) => {
    expect(run('-i', 'tcp://*:1c', '-w', text).web).toEqual({ host, port });
  });

  test('networks come as lists and repeatedly; times are seconds', () => {
    const options = run(
      ...['-i', 'tcp://*:1c', '-m', '10.0.0.0/8,::1/128', '-m', '192.0.2.1=lab'],
      ...['--idle', '5', '--ended=0', '--max-flows', '10', '-d', '/srv/state', '-v'],
    );
    expect(options.localNetworks.map(({ text, alias }) => [text, alias])).toEqual([
      ['10.0.0.0/8', null],
      ['::1/128', null],
      ['192.0.2.1', 'lab'],
    ]);
    expect(options).toMatchObject({ idleMs: 5000, endedMs: 0, maxFlows: 10, verbose: true });
    expect(options.stateDirectory).toEqual({ path: '/srv/state', required: true });
  });

  test('help and version need nothing else', () => {
    expect(parseOptions(['-h', '-i', 'nonsense'], {})).toEqual({ kind: 'help' });
    expect(parseOptions(['--version'], {})).toEqual({ kind: 'version' });
  });

  test.each([
    [[], /No interface.*packetless-collector -i/],
    [['-i', 'tcp://*'], /tcp:\/\/\*.*port/],
    [['-i', 'tcp://*:70000c'], /70000.*65535/],
    [['-i', 'tcp://*:1234'], /connect/],
    [['-i', 'http://localhost:1'], /http/],
    [['-i', 'lo,eth0'], /"lo,eth0" is neither a network interface nor an endpoint.*of its own/],
    [['-i', 'localhost:1234'], /"localhost:1234" is neither/],
    [['-i', 'a-name-that-is-too-long'], /is neither/],
    [['-i', 'lo', '-i', 'lo'], /given twice/],
    [['-i', 'tcp://*:1c', '-i', 'tcp://*:1c'], /given twice/],
    [['-i', 'tcp://*:1c', '-i', 'zmq://*:1c'], /same endpoint/],
    [['-i', 'tcp://*:1c', '-m', '192.168.2.0/33'], /192\.168\.2\.0\/33.*for instance/],
    [['-i', 'tcp://*:1c', '-m', 'home'], /"home" is not a network.*Nor is there a file/],
    [['-i', 'tcp://*:1c', '-m', '10.0.0.0/8,home'], /"home" is not a network/],
    [['-i', 'tcp://*:1c', '-m', '10.0.0.0/8='], /is not a network/],
    [['-i', 'tcp://*:1c', '-m', `10.0.0.0/8=${'x'.repeat(65)}`], /more than 64 characters/],
    [['-i', 'tcp://*:1c', '-m', '/etc'], /neither a network nor a file/],
    [['-i', 'tcp://*:1c', '-w', '65536'], /"65536" is not a port/],
    [['-i', 'tcp://*:1c', '-w', 'example.org:80'], /not an IP address/],
    [['-i', 'lo', '--snaplen', '10'], /--snaplen "10".*from 64 to/],
    [['-i', 'lo', '--capture-buffer', '2048'], /--capture-buffer "2048".*to 1024/],
    [['-i', 'tcp://*:1c', '--idle', '0'], /--idle "0".*from 1 to/],
    [['-i', 'tcp://*:1c', '--max-flows', '1e6'], /--max-flows "1e6"/],
    [['-i', 'tcp://*:1c', '--max-flow', '1'], /no option --max-flow\. Did you mean --max-flows\?/],
    [['-i', 'tcp://*:1c', '-x'], /no option -x\. See --help/],
    [['-i', 'tcp://*:1c', '-w', '1', '-w', '2'], /given twice/],
    [['-i', '-m', '10.0.0.0/8'], /-i needs a value/],
    [['-i', 'tcp://*:1c', '-d', ''], /-d/],
    [['-i', 'tcp://*:1c', '--verbose=yes'], /takes no value/],
    [['tcp://*:1234c'], /stands alone.*-i/],
  ])('%j is refused with a reason', (args, reason) => {
    expect(refusal(...args)).toMatch(reason);
  });
});
