import { describe, expect, test } from '@jest/globals';
import { containerOfId } from '@packetless/model';
import { hostText, portText, programName, userText } from './endpoint-text.js';

const container = containerOfId('f'.repeat(64));

describe('names of an endpoint', () => {
  test('IPv6 stands in brackets before a port', () => {
    expect(hostText('::1') + portText('tcp', 443)).toBe('[::1]:443');
    expect(hostText('10.1.1.1') + portText('icmp', 0)).toBe('10.1.1.1');
  });

  test('a container names the endpoint when no process does', () => {
    expect(programName({ process: null, container: { ...container, pod: 'kube-dns' } })).toBe('kube-dns');
    expect(programName({ process: null, container })).toBeNull();
  });

  test('a user without a name is a number', () => {
    expect(userText({ user: 'root', uid: 0 })).toBe('root');
    expect(userText({ user: null, uid: 1000 })).toBe('uid 1000');
    expect(userText({ user: null, uid: null })).toBeNull();
  });
});
