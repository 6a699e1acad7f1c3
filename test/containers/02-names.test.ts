/** Every flow names the container, and the pod, of each local side: real runtimes, a real agent, a real collector. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Cleanup } from '../harness/cleanup.js';
import { docker } from './cases/docker.js';
import { hostile } from './cases/hostile.js';
import { podman } from './cases/podman.js';
import { pods } from './cases/pods.js';
import { describeWithRuntimes } from './requirements.js';
import { Stage } from './stage.js';

describeWithRuntimes('containers and pods are named', () => {
  const cleanup = new Cleanup();
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.start(cleanup, ['docker', 'containerd', 'podman']);
  });
  afterAll(() => cleanup.run());

  pods(() => stage);
  docker(() => stage);
  podman(() => stage);
  hostile(() => stage);

  test('nothing was lost on the way, and all accounts balance', async () => {
    const [agent] = (await stage.collector.agents()).agents;
    const { ledgers } = await stage.collector.health();
    for (const { hop, seen, delivered, dropped, inFlight } of [...agent!.ledgers, ...ledgers]) {
      const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
      expect({ hop, seen }).toEqual({ hop, seen: delivered + lost + inFlight });
      // Whoever lives a moment may be gone before it is asked for more than the kernel has said.
      if (!hop.endsWith('look-ups')) expect({ hop, lost }).toEqual({ hop, lost: 0 });
    }
  });
});
