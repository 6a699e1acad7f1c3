import { describe, expect, test } from '@jest/globals';
import { type Container, type ContainersEvent, containerOfId, type Witness } from '@packetless/model';
import { ContainerRegistry } from './container-registry.js';

const T0 = 1_795_312_266_000;
const A: Witness = { kind: 'agent', name: 'host-a', id: 'a' };
const B: Witness = { kind: 'agent', name: 'host-b', id: 'b' };

function told(id: string, more: Partial<Container> = {}): Container {
  return { ...containerOfId(id), ...more };
}

function event(...containers: Container[]): ContainersEvent {
  return { type: 'containers', time: T0, agent: 'a', containers };
}

describe('a container', () => {
  test('is one for all who mention it, and what is learnt late is true of all of them', () => {
    const registry = new ContainerRegistry();
    const first = registry.refer(A, told('c1'));
    expect(registry.refer(A, told('c1', { name: 'web' }))).toBe(first);
    expect(first.description).toEqual(told('c1', { name: 'web' }));
    const learnt = told('c1', { name: 'web', image: 'nginx', labels: { app: 'shop' } });
    registry.hear(event(learnt), A, T0);
    expect(first.description).toEqual(learnt);
  });

  test('is known before anybody mentions it', () => {
    const registry = new ContainerRegistry();
    const web = told('c1', { name: 'web', labels: { app: 'shop' } });
    registry.hear(event(web), A, T0);
    expect(registry.refer(A, told('c1')).description).toEqual(web);
  });

  test('of two agents is two', () => {
    const registry = new ContainerRegistry();
    registry.hear(event(told('c1', { name: 'web' })), A, T0);
    expect(registry.refer(B, told('c1')).description.name).toBeNull();
  });

  test('keeps what later mentions leave out, and takes all labels that its agent tells', () => {
    const registry = new ContainerRegistry();
    registry.hear(event(told('c1', { name: 'web', labels: { a: '1', b: '2' } })), A, T0);
    const web = registry.refer(A, told('c1', { image: 'nginx' }));
    expect(web.description).toEqual(told('c1', { name: 'web', image: 'nginx', labels: { a: '1', b: '2' } }));
    registry.hear(event(told('c1', { labels: { a: '1' } })), A, T0);
    expect(web.description.labels).toEqual({ a: '1' });
  });

  test('that is a sandbox is so for whoever did not know it yet', () => {
    const registry = new ContainerRegistry();
    const pause = registry.refer(A, told('c1'));
    registry.hear(event(told('c1', { pod: 'p', isSandbox: true })), A, T0);
    registry.refer(A, told('c1'));
    expect(pause.description.isSandbox).toBe(true);
  });

  test('that changes nothing is no change', () => {
    const registry = new ContainerRegistry();
    const web = told('c1', { name: 'web', labels: { a: '1' } });
    registry.hear(event(web), A, T0);
    const { revision } = registry;
    registry.hear(event({ ...web, labels: { a: '1' } }), A, T0);
    registry.refer(A, told('c1'));
    expect(registry.revision).toBe(revision);
    registry.refer(A, told('c1', { pod: 'p' }));
    expect(registry.revision).toBe(revision + 1);
  });
});

describe('the registry', () => {
  test('keeps what is in use, and what agents speak of; the rest goes', () => {
    const registry = new ContainerRegistry({}, T0);
    const used = registry.refer(A, told('used'));
    used.uses++;
    registry.refer(A, told('unused'));
    registry.hear(event(told('repeated')), A, T0);
    for (let minute = 1; minute <= 5; minute++) {
      registry.hear(event(told('repeated')), A, T0 + minute * 60_000);
      registry.expire(T0 + minute * 60_000);
    }
    expect([...registry.all()].map(({ id }) => id)).toEqual(['used', 'repeated']);
    used.uses--;
    registry.expire(T0 + 600_000);
    expect(registry.size).toBe(0);
    expect(registry.retainedBytes).toBe(0);
  });

  test('is bounded for each agent and for all; what finds no room is counted and has its id all the same', () => {
    const registry = new ContainerRegistry({ total: 25, perAgent: 10 });
    for (const agent of ['a', 'b', 'c', 'd']) {
      const many = Array.from({ length: 20 }, (_, index) => told(`${agent}${index}`, { name: 'x' }));
      registry.hear(event(...many), { ...A, id: agent }, T0);
    }
    expect(registry.size).toBe(25);
    expect(registry.ledger.snapshot()).toMatchObject({
      seen: 80,
      delivered: 25,
      dropped: { 'too many containers': 55 },
      inFlight: 0,
    });
    const stray = registry.refer(A, told('stray', { name: 'web' }));
    expect(stray.description.id).toBe('stray');
    expect(stray.isSame(registry.refer(A, told('stray')))).toBe(true);
    expect(registry.size).toBe(25);
    expect(registry.ledger.inFlight).toBe(0);
  });

  test('of descriptions that find no room keeps what is short, and counts them; a word more changes nothing', () => {
    const registry = new ContainerRegistry({ characters: 100_000 });
    const labels = Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`${n}`, 'x'.repeat(256)]));
    const long = (id: string) => told(id, { name: 'n'.repeat(256), image: 'i'.repeat(512), labels });
    for (let index = 0; index < 100; index++) registry.hear(event(long(`c${index}`)), A, T0);
    expect(registry.retainedBytes).toBeLessThan(300_000);
    expect(registry.shortened).toBeGreaterThan(50);
    const last = registry.refer(A, told('c99'));
    expect(last.description).toEqual(told('c99', { name: 'n'.repeat(32) }));
    const { revision } = registry;
    registry.hear(event(long('c99')), A, T0);
    expect(registry.revision).toBe(revision);
    expect(registry.refer(A, told('c0')).description).toEqual(long('c0'));
  });

  test('completes descriptions by what somebody else knows', () => {
    const registry = new ContainerRegistry();
    const web = registry.refer(A, told('c1', { podUid: 'u1' }));
    const { revision } = registry;
    registry.enrichWith((known) =>
      known.podUid === 'u1' ? { ...known, workload: 'Deployment/web' } : known,
    );
    expect(web.description.workload).toBe('Deployment/web');
    expect(registry.revision).toBe(revision + 1);
    expect(registry.refer(A, told('c2', { podUid: 'u1' })).description.workload).toBe('Deployment/web');
    registry.enrichWith((known) => known);
    expect(web.description.workload).toBeNull();
  });
});
