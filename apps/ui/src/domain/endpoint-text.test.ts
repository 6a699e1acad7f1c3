import { describe, expect, test } from '@jest/globals';
import { containerOfId } from '@packetless/model';
import { endName, hostText, portText, programName, userText } from './endpoint-text.js';

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

  test('an end is called what it was asked for by, else by its host’s name, else by its service', () => {
    const end = { address: '192.0.2.1', hostname: 'host.example', service: 'default/web' };
    expect(endName(end, 'www.example')?.text).toBe('www.example');
    expect(endName(end, null)?.text).toBe('host.example');
    expect(endName({ ...end, hostname: null }, null)?.text).toBe('default/web');
    expect(endName({ ...end, hostname: null, service: null }, null)).toBeNull();
  });

  test('an address that was asked for is no name', () => {
    const end = { address: '192.0.2.1', hostname: 'host.example', service: null };
    for (const asked of ['192.0.2.1', '192.0.2.1:8080'])
      expect(endName(end, asked)?.text).toBe('host.example');
    expect(endName({ ...end, address: 'fd00::1' }, '[fd00::1]:80')?.text).toBe('host.example');
    expect(endName(end, '192.0.2.1.example')?.text).toBe('192.0.2.1.example');
  });

  test('a user without a name is a number', () => {
    expect(userText({ user: 'root', uid: 0 })).toBe('root');
    expect(userText({ user: null, uid: 1000 })).toBe('uid 1000');
    expect(userText({ user: null, uid: null })).toBeNull();
  });
});
