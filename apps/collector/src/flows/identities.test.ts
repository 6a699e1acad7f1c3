import { describe, expect, test } from '@jest/globals';
import { containerOfId, type Process } from '@packetless/model';
import { KnownContainer } from '../containers/known-container.js';
import { Identities } from './identities.js';

const LONG = 'x'.repeat(4000);

function process(pid: number, text = LONG): Process {
  const task = {
    uid: 0,
    user: 'root',
    gid: 0,
    group: 'root',
    name: `p${pid}`,
    exe: `/${text}`,
    cmdline: text,
  };
  return {
    pid,
    ...task,
    tid: pid,
    script: text,
    exeDeleted: null,
    role: null,
    parent: { pid: 1, ...task },
    evidence: 'kernel',
  };
}

const WITNESS = { kind: 'agent', name: 'a', id: 'a' } as const;

function container(id: string): KnownContainer {
  return new KnownContainer(WITNESS, containerOfId(id), 0, true);
}

describe('identities', () => {
  test('that are equal are kept once, until the last use goes', () => {
    const identities = new Identities(1e6);
    const references = [1, 1, 2].map((pid) => identities.acquire(process(pid), null));
    expect(references[0]).toBe(references[1]);
    expect(identities.size).toBe(2);
    for (const reference of references) identities.release(reference);
    expect(identities.size).toBe(0);
    expect(identities.retainedBytes).toBe(0);
  });

  test('for which there is no room are kept without what makes them long, and counted', () => {
    const identities = new Identities(1e6);
    const references: number[] = [];
    for (let pid = 1; pid <= 1000; pid++) {
      references.push(identities.acquire(process(pid), container(`c${pid}`)));
    }
    expect(identities.retainedBytes).toBeLessThan(2e6);
    expect(identities.shortened).toBeGreaterThan(900);
    expect(identities.get(references[0]!)?.process).toEqual(process(1));
    expect(identities.get(references[999]!)).toMatchObject({
      process: { ...process(1000), group: null, exe: null, cmdline: null, script: null, parent: null },
      container: { id: 'c1000', uses: 1 },
    });
    expect(identities.acquire(process(1000), container('c1000'))).toBe(references[999]);
    for (const reference of [...references, references[999]!]) identities.release(reference);
    expect(identities.retainedBytes).toBe(0);
  });

  test('use their container as long as somebody uses them', () => {
    const identities = new Identities(1e6);
    const web = container('web');
    const references = [1, 1, 2].map((pid) => identities.acquire(process(pid), web));
    expect(web.uses).toBe(2);
    for (const reference of references) identities.release(reference);
    expect(web.uses).toBe(0);
  });

  test('have their full text again once there is room', () => {
    const identities = new Identities(24_000);
    const first = identities.acquire(process(1), null);
    const second = identities.acquire(process(2), null);
    expect(identities.get(second)?.process?.cmdline).toBe(null);
    identities.release(first);
    expect(identities.get(identities.acquire(process(2), null))?.process?.cmdline).toBe(LONG);
  });
});
