import { describe, expect, test } from '@jest/globals';
import { openIntrospection } from '../src/index.js';
import { cannotTest } from './harness.js';

(cannotTest === null ? describe : describe.skip)('tiers', () => {
  /** Programs that are not attached, but for those that only kernels that let functions be traced take. */
  function missing(tier: 'A' | 'B') {
    const introspection = openIntrospection({ tier, onRecords: () => undefined });
    introspection.close();
    expect(introspection.tier).toMatch(new RegExp(`^${tier}[+]?$`));
    return introspection.programs.filter(
      ({ state, error }) => state !== 'attached' && !error?.includes('functions be traced'),
    );
  }

  test('all of tier A is here', () => {
    expect(missing('A')).toEqual([]);
  });

  test('tier B says what only tier A sees', () => {
    expect(missing('B')).toEqual(
      [
        'owner of a TCP socket by its sends and receives',
        'who reset a connection, and why',
        'frames that a process sends and receives below IP',
        'that a datagram found the receive buffer full (else it counts as received)',
      ].map((purpose) =>
        expect.objectContaining({ purpose, state: 'not here', error: 'tier B does not see it.' }),
      ),
    );
  });
});
