import { describe, expect, test } from '@jest/globals';
import { parseAddress, parseNetwork } from '@packetless/model';
import { LocalNetworks } from './local-networks.js';

const networks = new LocalNetworks(
  ['10.0.0.0/8=all of it', '10.1.0.0/16=office', '10.1.1.0/24', '10.1.1.7=printer', 'fd00::/8=home'].map(
    (text) => parseNetwork(text)!,
  ),
);
const about = (address: string) => {
  const bytes = parseAddress(address)!;
  return [networks.isLocal(bytes, 0), networks.aliasOf(bytes, 0)];
};

describe('local networks', () => {
  test.each([
    ['10.1.1.7', true, 'printer'],
    ['10.1.1.8', true, 'office'],
    ['10.2.0.1', true, 'all of it'],
    ['fd12::1', true, 'home'],
    ['127.9.9.9', true, null],
    ['::1', true, null],
    ['11.0.0.1', false, null],
    ['2001:db8::1', false, null],
  ])('%s: local %s, called %s', (address, local, alias) => {
    expect(about(address)).toEqual([local, alias]);
  });
});
