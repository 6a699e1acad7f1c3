import { describe, expect, test } from '@jest/globals';
import { hasEnded, isPast, stateText } from './flow-state.js';

const tcp = (failure: 'refused' | 'reset' | null) => ({
  connectLatencyMs: null,
  client: null,
  server: null,
  failure,
});

describe('state of a flow', () => {
  test('is said in words, with the kernel’s own in the explanation', () => {
    expect(stateText({ state: 'SYN_SENT', tcp: tcp(null) })).toEqual({
      label: 'SYN sent',
      tone: 'pending',
      explanation: 'SYN_SENT',
    });
  });

  test('a failure says why', () => {
    expect(stateText({ state: 'FAILED', tcp: tcp('refused') })).toEqual({
      label: 'Refused',
      tone: 'failed',
      explanation: 'FAILED: refused',
    });
    expect(stateText({ state: 'CLOSE', tcp: tcp('reset') }).tone).toBe('failed');
  });

  test('nothing reported is not a state', () => {
    expect(stateText({ state: null, tcp: null })).toMatchObject({ label: '—', tone: 'unknown' });
  });

  test('closed, waiting out its time and failed flows have ended', () => {
    expect(
      (['CLOSE', 'CLOSED', 'TIME_WAIT', 'FAILED'] as const).every((state) => hasEnded({ state, tcp: null })),
    ).toBe(true);
    expect(hasEnded({ state: 'ESTABLISHED', tcp: null })).toBe(false);
  });

  test('what a capture file left open is over, too', () => {
    const now = 1_795_312_266_000;
    const open = { state: 'ESTABLISHED', tcp: null } as const;
    expect(isPast({ ...open, lastSeen: now - 1000 }, now)).toBe(false);
    expect(isPast({ ...open, lastSeen: now - 2 * 24 * 3600 * 1000 }, now)).toBe(true);
    expect(isPast({ state: 'CLOSE', tcp: null, lastSeen: now }, now)).toBe(true);
  });
});
