import { describe, expect, test } from '@jest/globals';
import { deliveryNotes, possibleCompanions } from './companions.js';

const zmq = (name: string, companions: string[] = []) =>
  ({ name, kind: 'zmq', mirrored: null, companions }) as const;
const packets = (name: string, mirrored: boolean, companions: string[] = []) =>
  ({ name, kind: 'packets', mirrored, companions }) as const;

describe('companions', () => {
  test('are of the other kind', () => {
    const all = [zmq('tcp://a'), zmq('tcp://b'), packets('lo', false), packets('ens3', true)];
    expect(possibleCompanions(all[0]!, all)).toEqual(['lo', 'ens3']);
    expect(possibleCompanions(all[2]!, all)).toEqual(['tcp://a', 'tcp://b']);
  });

  test('get all events or those of their name', () => {
    const all = [
      zmq('tcp://a', ['lo', 'ens3', 'gone']),
      packets('lo', false, ['tcp://a']),
      packets('ens3', true),
    ];
    expect(deliveryNotes(all[0]!, all)).toEqual([
      { name: 'lo', gets: 'its own' },
      { name: 'ens3', gets: 'all' },
    ]);
    expect(deliveryNotes(all[1]!, all)).toEqual([{ name: 'lo', gets: 'its own' }]);
    expect(deliveryNotes(all[2]!, all)).toEqual([]);
  });
});
