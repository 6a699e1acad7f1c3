import { expect, test } from '@jest/globals';
import { containerName, containerOfId } from './container.js';

const ID = '275d71585e03'.padEnd(64, '0');

test('a container is called by its name, else by the twelve digits that people know it by', () => {
  expect(containerName({ ...containerOfId(ID), name: 'web' })).toBe('web');
  expect(containerName(containerOfId(ID))).toBe('275d71585e03');
});

test('in a pod it is called by namespace, pod and name, and the pod itself without one', () => {
  const pod = { ...containerOfId(ID), pod: 'kube-dns-x', namespace: 'kube-system' };
  expect(containerName({ ...pod, name: 'dnsmasq' })).toBe('kube-system/kube-dns-x/dnsmasq');
  expect(containerName({ ...pod, isSandbox: true })).toBe('kube-system/kube-dns-x');
  expect(containerName({ ...pod, namespace: null, name: 'a' })).toBe('kube-dns-x/a');
});
