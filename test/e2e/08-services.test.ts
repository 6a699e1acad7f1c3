/** The units of deploy/systemd, run by systemd itself with all their restrictions. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { agentsSchema, flowsSchema } from '@packetless/live';
import { Cleanup } from '../harness/cleanup.js';
import { freePort } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import { ROOT } from '../harness/root.js';
import { ServiceManager, SYSTEMD, unitHere } from '../harness/service-manager.js';
import { Traffic } from '../harness/traffic.js';
import { waitFor } from '../harness/wait.js';

const AGENT = 'packetless-agent';
const COLLECTOR = 'packetless-collector';
/** CAP_NET_ADMIN and CAP_SYS_PTRACE (SECURITY.md). */
const KEPT_BY_AGENT = (1n << 12n) | (1n << 19n);

/** Fields of /proc/PID/status. */
function statusOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
  return {
    uid: Number(field('Uid')),
    permitted: BigInt(`0x${field('CapPrm')}`),
    bounding: BigInt(`0x${field('CapBnd')}`),
    noNewPrivileges: field('NoNewPrivs') === '1',
    /** A filter of system calls (seccomp(2)). */
    filtered: field('Seccomp') === '2',
  };
}

const withSystemd = SYSTEMD === null ? describe.skip : describeAsRoot;
if (SYSTEMD === null) console.warn('Tests of the services are skipped: systemd is not installed.');

withSystemd('services', () => {
  let cleanup: Cleanup;
  beforeEach(() => {
    cleanup = new Cleanup();
  });
  afterEach(() => cleanup.run());

  test('systemd finds nothing wrong with the units', () => {
    const folder = mkdtempSync(join(tmpdir(), 'packetless-units-'));
    cleanup.add(() => rmSync(folder, { recursive: true }));
    const units = [AGENT, COLLECTOR].map((name) => {
      const file = join(folder, `${name}.service`);
      writeFileSync(file, unitHere({ name, options: '' }, ROOT));
      return file;
    });
    const verified = spawnSync('systemd-analyze', ['verify', ...units], { encoding: 'utf8' });
    expect([verified.stdout, verified.stderr, verified.status]).toEqual(['', '', 0]);
  });

  test('the agent watches and the collector shows, both as nobody in particular', async () => {
    const [events, web] = [await freePort(), await freePort()];
    const manager = ServiceManager.start(cleanup, [
      { name: COLLECTOR, options: `PACKETLESS_COLLECTOR_OPTIONS=-i tcp://127.0.0.1:${events}c -w ${web}` },
      { name: AGENT, options: `PACKETLESS_AGENT_OPTIONS=--zmq tcp://127.0.0.1:${events}c --interval 0.5` },
    ]);
    await manager.said(AGENT, /\(version .*, ebpf, tier A/);
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${web}/api/v1/${path}`)).json();
    const { agents } = await waitFor(
      'the collector to hear of the agent',
      async () => {
        const answer = agentsSchema.parse(await get('agents'));
        return answer.agents.some(({ online, source }) => online && source === 'ebpf') ? answer : null;
      },
      30_000,
    );
    expect(agents).toHaveLength(1);

    const traffic = new Traffic(cleanup);
    const server = await traffic.serve('tcp', '127.0.0.1');
    const call = await traffic.call('tcp', '127.0.0.1', server.port, 1234);
    const flow = await waitFor('the flow', async () => {
      const { flows } = flowsSchema.parse(
        await get(`flows?filter=${encodeURIComponent(`port:${server.port}`)}`),
      );
      return flows.find(({ client, state }) => client.port === call.port && state === 'CLOSE');
    });
    expect(flow).toMatchObject({
      client: { process: { pid: call.pid, exe: traffic.exe } },
      server: { process: { pid: server.program.pid, exe: traffic.exe } },
      bytes: { sent: 1234, received: 1234 },
    });

    const ofAgent = statusOf(manager.processOf(AGENT));
    expect(ofAgent.uid).toBeGreaterThan(0);
    expect(ofAgent).toMatchObject({ permitted: KEPT_BY_AGENT, noNewPrivileges: true, filtered: true });
    const ofCollector = statusOf(manager.processOf(COLLECTOR));
    expect(ofCollector.uid).toBeGreaterThan(0);
    expect(ofCollector).toMatchObject({ permitted: 0n, bounding: 0n, noNewPrivileges: true, filtered: true });
  }, 90_000);
});
