import { describe, expect, test } from '@jest/globals';
import { containerText, hostText, portText, programName, userText } from './endpoint-text.js';

const container = {
  id: 'f'.repeat(64),
  name: null,
  runtime: null,
  image: null,
  pod: null,
  namespace: null,
  labels: {},
};

describe('names of an endpoint', () => {
  test('IPv6 stands in brackets before a port', () => {
    expect(hostText('::1') + portText('tcp', 443)).toBe('[::1]:443');
    expect(hostText('10.1.1.1') + portText('icmp', 0)).toBe('10.1.1.1');
  });

  test('a container names the endpoint when no process does', () => {
    expect(programName({ process: null, container: { ...container, pod: 'kube-dns' } })).toBe('kube-dns');
    expect(programName({ process: null, container })).toBeNull();
  });

  test('a container is called by pod, name, or the start of its id', () => {
    expect(containerText({ ...container, pod: 'dns', namespace: 'kube-system' })).toBe('kube-system/dns');
    expect(containerText({ ...container, name: 'web' })).toBe('web');
    expect(containerText(container)).toBe('ffffffffffff');
  });

  test('a user without a name is a number', () => {
    expect(userText({ user: 'root', uid: 0 })).toBe('root');
    expect(userText({ user: null, uid: 1000 })).toBe('uid 1000');
    expect(userText({ user: null, uid: null })).toBeNull();
  });
});
