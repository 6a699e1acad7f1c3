import { describe, expect, test } from '@jest/globals';
import { OptionsError } from '../options-error.js';
import { parseReadOptions } from './options.js';

function optionsOf(...args: string[]) {
  const command = parseReadOptions(args);
  if (command.kind !== 'read') throw new Error(`${args.join(' ')}: ${command.kind}`);
  return command.options;
}

describe('the command line of read', () => {
  test('lists all conversations of the files by the time they began, unless told otherwise', () => {
    expect(optionsOf('a.pcap', 'b')).toMatchObject({
      files: ['a.pcap', 'b'],
      filter: null,
      packets: { filter: null, insideTunnels: false, applications: true },
      sort: 'firstSeen',
      limit: null,
      format: 'text',
    });
    const args = [
      '-f',
      'port:53',
      '-B',
      'udp',
      '--inside-tunnels',
      '--no-applications',
      '-s',
      '-bytes',
      '-n',
      '5',
      '--format',
      'json',
      'x',
    ];
    expect(optionsOf(...args, '-m', '10.0.0.0/8=lab', '--max-flows', '9')).toMatchObject({
      files: ['x'],
      filter: 'port:53',
      packets: { filter: 'udp', insideTunnels: true, applications: false },
      sort: '-bytes',
      limit: 5,
      format: 'json',
      localNetworks: [{ text: '10.0.0.0/8', alias: 'lab' }],
      maxFlows: 9,
    });
    expect(optionsOf('x', '--sort=rtt').sort).toBe('rtt');
    expect(parseReadOptions(['--help'])).toEqual({ kind: 'read help' });
  });

  test.each([
    [[], /No capture file.*packetless-collector read/],
    [['a', 'a'], /"a" is given twice/],
    [['a', '-s', 'size'], /--sort "size".*firstSeen/],
    [['a', '-s', '--help'], /--sort "--help"/],
    [['a', '-s'], /-s needs a value/],
    [['a', '-f', 'prot:tcp'], /--filter "prot:tcp".*no field "prot"/],
    [['a', '-f', '-n'], /-f needs a value/],
    [['a', '--format', 'xml'], /neither text nor json/],
    [['a', '-n', 'all'], /--limit "all"/],
    [['a', '-i', 'lo'], /no option -i/],
    [['a', '--filters', 'x'], /Did you mean --filter\?/],
  ])('%j is refused with a reason', (args, reason) => {
    expect(() => parseReadOptions(args)).toThrow(OptionsError);
    expect(() => parseReadOptions(args)).toThrow(reason);
  });
});
