import { expect, test } from '@jest/globals';
import type { Flow } from '@packetless/model';
import { endBehind, translationText } from './translation.js';

const client = { address: '172.17.0.2', port: 50000 };
const flow = { protocol: 'tcp', client, server: { address: 'fd00::10', port: 80 } } as Flow;

test('an end that is translated has another address or port', () => {
  const translated = { ...flow, translation: { client, server: { address: 'fd00::10', port: 8080 } } };
  expect(endBehind(translated, 'client')).toBeNull();
  expect(endBehind(translated, 'server')).toBe('[fd00::10]:8080');
  expect(translationText(translated)).toBe('172.17.0.2:50000 → [fd00::10]:8080');
});

test('nothing without a translation', () => {
  const plain = { ...flow, translation: null };
  expect([endBehind(plain, 'server'), translationText(plain)]).toEqual([null, null]);
});
