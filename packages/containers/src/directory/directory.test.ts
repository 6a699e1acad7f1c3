import { afterEach, describe, expect, test } from '@jest/globals';
import { ID, OUTER, POD_UID } from '../cgroup/cases.sample.js';
import { readProcCgroup } from '../cgroup/proc-cgroup.js';
import { ContainerDirectory, type ContainerDirectoryOptions } from './directory.js';

const NO_SOCKETS = { docker: [], cri: [], podman: [] };
const open: ContainerDirectory[] = [];

function directoryWith(options: ContainerDirectoryOptions = {}): ContainerDirectory {
  const directory = new ContainerDirectory({ sockets: NO_SOCKETS, ...options });
  open.push(directory);
  directory.start();
  return directory;
}

afterEach(() => {
  for (const directory of open.splice(0)) directory.close();
});

/** The nth id of 64 digits. */
const idOf = (n: number) => n.toString(16).padStart(64, '0');

describe('without any runtime', () => {
  test('a cgroup’s path tells id, runtime and pod', () => {
    const directory = directoryWith();
    directory.cgroupMade(7, `/kubepods/besteffort/pod${POD_UID}/${ID}`);
    directory.cgroupMade(8, `/docker/${OUTER}`);
    expect(directory.containerOf(7)).toMatchObject({ id: ID, runtime: null, podUid: POD_UID, name: null });
    expect(directory.containerOf(8)).toMatchObject({ id: OUTER, runtime: 'docker', podUid: null });
    expect(directory.all().map(({ id }) => id)).toEqual([ID, OUTER]);
  });

  test('services and cgroups never heard of are in no container', () => {
    const directory = directoryWith();
    directory.cgroupMade(7, '/system.slice/ssh.service');
    expect(directory.containerOf(7)).toBeNull();
    expect(directory.containerOf(8)).toBeNull();
    expect(directory.containerOfPath('/')).toBeNull();
    expect(directory.all()).toEqual([]);
  });

  test('a container is one object, whichever of its cgroups is asked for', () => {
    const directory = directoryWith();
    directory.cgroupMade(7, `/docker/${ID}`);
    directory.cgroupMade(8, `/docker/${ID}/init.scope`);
    expect(directory.containerOf(8)).toBe(directory.containerOf(7));
    expect(directory.containerOfPath(`/docker/${ID}/app`)).toBe(directory.containerOf(7));
    expect(directory.containerOfReference(readProcCgroup(`1:name=systemd:/docker/${ID}\n0::/\n`)!)).toBe(
      directory.containerOf(7),
    );
  });

  test('what only a runtime could confirm is no container', () => {
    const directory = directoryWith();
    directory.cgroupMade(7, '/ci/runner');
    expect(directory.containerOf(7)).toBeNull();
    expect(directory.all()).toEqual([]);
  });

  test('a cgroup that a user names like the host’s container is not that container', () => {
    const directory = directoryWith();
    directory.cgroupMade(8, `/user.slice/user-1000.slice/user@1000.service/docker-${ID}.scope`);
    directory.cgroupMade(7, `/system.slice/docker-${ID}.scope`);
    expect(directory.containerOf(8)).toBeNull();
    expect(directory.containerOf(7)?.id).toBe(ID);
    expect(directory.all()).toHaveLength(1);
  });

  test('a cgroup that a container names like another container is its own', () => {
    const directory = directoryWith();
    directory.cgroupMade(7, `/system.slice/docker-${ID}.scope`);
    directory.cgroupMade(8, `/machine.slice/libpod-${OUTER}.scope/docker-${ID}.scope`);
    expect(directory.containerOf(8)).toMatchObject({ id: OUTER, runtime: 'podman' });
  });

  test('a user’s own container, and one inside another, are what they are', () => {
    const directory = directoryWith();
    directory.cgroupMade(7, `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`);
    directory.cgroupMade(8, `/docker/${OUTER}/docker/${ID}`);
    expect(directory.containerOf(7)?.id).toBe(ID);
    expect(directory.containerOf(8)?.id).toBe(ID);
  });

  test('a cgroup’s id that is used again means the new one', () => {
    const directory = directoryWith();
    directory.cgroupMade(7, `/docker/${ID}`);
    directory.cgroupMade(7, '/system.slice/ssh.service');
    expect(directory.containerOf(7)).toBeNull();
    directory.cgroupMade(7, `/docker/${OUTER}`);
    expect(directory.containerOf(7)?.id).toBe(OUTER);
  });
});

describe('what is gone', () => {
  test('is remembered for a while, then forgotten', async () => {
    const directory = directoryWith({ keepFor: 200 });
    directory.cgroupMade(7, `/docker/${ID}`);
    directory.cgroupMade(8, `/docker/${OUTER}`);
    directory.cgroupRemoved(7);
    expect(directory.containerOf(7)?.id).toBe(ID);
    while (directory.containerOf(7) !== null) await new Promise((resolve) => setTimeout(resolve, 20));
    while (directory.all().length > 1) await new Promise((resolve) => setTimeout(resolve, 250));
    expect(directory.all().map(({ id }) => id)).toEqual([OUTER]);
  });

  test('gives way first when there are too many', () => {
    const directory = directoryWith({ maxContainers: 100 });
    directory.cgroupMade(1, `/docker/${ID}`);
    for (let n = 2; n <= 1001; n++) {
      directory.cgroupMade(n, `/docker/${idOf(n)}`);
      directory.cgroupRemoved(n);
    }
    expect(directory.all()).toHaveLength(100);
    expect(directory.all()[0]?.id).toBe(ID);
  });

  test('living ones are bounded too: of what gave way the id stays, and it is counted', () => {
    const directory = directoryWith({ maxContainers: 100 });
    for (let n = 1; n <= 150; n++) directory.cgroupMade(n, `/docker/${idOf(n)}`);
    expect(directory.all()).toHaveLength(100);
    expect(directory.containerOf(50)?.id).toBe(idOf(50));
    expect(directory.ledger.snapshot().dropped['too many containers']).toBe(50);
  });

  test('cgroups that a container makes without end are bounded and counted', () => {
    const directory = directoryWith();
    for (let n = 1; n <= 3000; n++) directory.cgroupMade(n, `/docker/${ID}/${n}`);
    expect(directory.containerOf(1024)?.id).toBe(ID);
    expect(directory.containerOf(1025)).toBeNull();
    expect(directory.ledger.snapshot().dropped['too many cgroups']).toBe(1976);
  });
});
