import { describe, expect, test } from '@jest/globals';
import { containerOfId } from '@packetless/model';
import { briefContainerText, containerText, containerTitle, groupName, sizeText } from './container-text.js';

const container = containerOfId('f'.repeat(64));
const dns = { ...container, name: 'dnsmasq', pod: 'kube-dns-1', namespace: 'kube-system' };

describe('a container is called', () => {
  test('by pod, name, or the start of its id', () => {
    expect(containerText(dns)).toBe('kube-system/kube-dns-1');
    expect(containerText({ ...container, name: 'web' })).toBe('web');
    expect(containerText(container)).toBe('ffffffffffff');
  });

  test('in brief by its name and its pod’s; a sandbox is its pod', () => {
    expect(briefContainerText(dns)).toBe('dnsmasq · kube-dns-1');
    expect(briefContainerText({ ...dns, isSandbox: true })).toBe('kube-dns-1');
    expect(briefContainerText({ ...container, name: 'web' })).toBe('web');
    expect(briefContainerText(container)).toBe('ffffffffffff');
  });

  test('at length by all that is known', () => {
    expect(containerTitle({ ...dns, workload: 'Deployment/kube-dns' })).toBe(
      'container dnsmasq\npod kube-dns-1\nnamespace kube-system\nDeployment/kube-dns\nid ffffffffffff',
    );
  });

  test('so that nothing in a name acts', () => {
    const evil = { ...dns, name: 'a\u001b[31m', pod: 'b\u202ec' };
    for (const text of [briefContainerText(evil), containerText(evil), containerTitle(evil)]) {
      for (const character of ['\u001b', '\u202e']) expect(text).not.toContain(character);
    }
  });
});

test('a group without a name is called by what there is', () => {
  const none = { name: null, containerId: null, pod: null, podUid: null };
  expect(groupName({ ...none, name: 'web' })).toBe('web');
  expect(groupName({ ...none, containerId: 'f'.repeat(64) })).toBe('ffffffffffff');
  expect(groupName({ ...none, podUid: 'u-1' })).toBe('u-1');
  expect(groupName(none)).toBeNull();
  expect(sizeText({ pods: 2, containers: 1 })).toBe('2 pods, 1 container');
  expect(sizeText({ pods: 0, containers: 3 })).toBe('3 containers');
});
