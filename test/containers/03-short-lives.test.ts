/** Two hundred containers that live for one conversation each, as fast as the runtimes make them. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Flow } from '@packetless/model';
import { Cleanup } from '../harness/cleanup.js';
import { waitFor } from '../harness/wait.js';
import type { Pod } from './pod.js';
import { describeWithRuntimes } from './requirements.js';
import { SERVE, SOON_MS, Stage } from './stage.js';

const COUNT = 200;
/** After the first, caches and the code of the agent are warm. */
const BATCH = 40;
const AT_ONCE = 4;
/** Of each ten containers so many are made by containerd (in a pod), docker and podman: in the order of what they cost. */
const MAKERS = ['pod', 'docker', 'pod', 'docker', 'pod', 'podman', 'pod', 'docker', 'pod', 'docker'] as const;
type Maker = (typeof MAKERS)[number];
/** What a garbage collector leaves lying about; a few hundred kilobytes kept of each container would be more. */
const FLAT_BYTES = 48 * 1024 * 1024;
const MADE_WITHIN_MS = 120_000;

describeWithRuntimes('containers that live a moment', () => {
  const cleanup = new Cleanup();
  let stage: Stage;
  let pod: Pod;

  beforeAll(async () => {
    stage = await Stage.start(cleanup, ['docker', 'containerd', 'podman']);
    pod = await stage.host.containerd.runPod({
      name: 'crowd',
      hostNetwork: true,
      containers: [{ name: 'server', command: SERVE }],
    });
    await Promise.all([...new Set(MAKERS)].map(hearsOf));
  }, MADE_WITHIN_MS);
  afterAll(() => cleanup.run());

  const makerOf = (number: number) => MAKERS[number % MAKERS.length]!;
  const nameOf = (number: number) => `brief-${makerOf(number)}-${number}`;

  async function live(maker: Maker, name: string): Promise<void> {
    const { docker, podman } = stage.host;
    const command = ['traffic', 'call', 'tcp', '127.0.0.1', '80', '1', name];
    const options = ['--network', 'host'];
    switch (maker) {
      case 'pod':
        await pod.run({ name, command });
        return;
      case 'docker':
        await docker.run({ name, command, options });
        return;
      case 'podman':
        await podman.run({ name, command, options });
        return;
    }
  }

  /** A moment after its start the agent hears of all that a runtime makes. */
  async function hearsOf(maker: Maker): Promise<void> {
    let tried = 0;
    await waitFor(
      `the agent to hear of ${maker}`,
      async () => {
        tried += 1;
        await live(maker, `first-${maker}-${tried}`);
        const { total } = await stage.collector.flows({ filter: `container:first-${maker}-*` });
        return total > 0;
      },
      SOON_MS,
    );
  }

  /** Makes the containers from one number up to another, some at a time. */
  async function liveAll(from: number, to: number): Promise<void> {
    let next = from;
    const maker = async () => {
      while (next < to) {
        const number = next;
        next += 1;
        await live(makerOf(number), nameOf(number));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, maker));
  }

  /** Waits until each of them has its flow, and its name. */
  function named(from: number, to: number): Promise<readonly Flow[]> {
    return waitFor(
      `the flows of the containers from ${from} to ${to}, with their names`,
      async () => {
        const { flows } = await stage.collector.flows({ filter: 'serverport:80 container:brief-*' });
        const names = Array.from({ length: to - from }, (_, index) => nameOf(from + index));
        const missing = names.filter((name) => !flows.some(isOf(name)));
        if (missing.length > 0) throw new Error(`missing: ${missing}`);
        return names.flatMap((name) => flows.filter(isOf(name)));
      },
      SOON_MS,
    );
  }

  test(
    'are all named, each by its own name, and leave no memory behind in the agent',
    async () => {
      let warm: number | null = null;
      // The collector forgets what is over: each batch is looked for while it remembers.
      for (let from = 0; from < COUNT; from += BATCH) {
        await liveAll(from, from + BATCH);
        const flows = await named(from, from + BATCH);
        expect(flows.length).toBe(BATCH);
        for (const { client, server } of flows) {
          expect(client.process?.cmdline?.split(' ').at(-1)).toBe(client.container?.name);
          expect(server.container).toMatchObject({ name: 'server', pod: 'crowd' });
        }
        warm ??= residentBytes(stage.agent.pid);
      }
      expect(residentBytes(stage.agent.pid) - warm!).toBeLessThan(FLAT_BYTES);
    },
    MADE_WITHIN_MS,
  );
});

function isOf(name: string): (flow: Flow) => boolean {
  return ({ client }) => client.container?.name === name;
}

/** Of a process, in memory (proc(5)). */
function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  return Number(kilobytes) * 1024;
}
