/** Containers that come and go by the thousand. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EngineDouble, inspected } from '../testing/engine-double.js';
import { temporaryFolder } from '../testing/folder.js';
import { until } from '../testing/wait.js';
import { ContainerDirectory } from './directory.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const AT_ONCE = 100;
const ROUNDS = 100;

let folder: ReturnType<typeof temporaryFolder>;
let docker: EngineDouble;
let directory: ContainerDirectory;
let learnt = 0;

beforeEach(async () => {
  folder = temporaryFolder();
  docker = new EngineDouble(join(folder.path, 'docker.sock'));
  docker.otherwise = (request, response) => {
    const id = request.url!.split('/')[2]!;
    const labels = Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`label-${n}`, 'x'.repeat(200)]));
    response.end(JSON.stringify(inspected(id, `name-of-${id}`, labels)));
  };
  await docker.start();
  learnt = 0;
  directory = new ContainerDirectory({
    sockets: { docker: [docker.socket], cri: [], podman: [] },
    keepFor: 100,
    onLearnt: () => learnt++,
  });
  directory.start();
  await until('the engine to answer', () => directory.status()[0]!.state === 'answers');
});

afterEach(async () => {
  directory.close();
  await docker.stop();
  folder.remove();
});

async function round(number: number): Promise<void> {
  const first = number * AT_ONCE;
  const named = learnt;
  for (let id = first; id < first + AT_ONCE; id++) {
    directory.cgroupMade(id, `/docker/${id.toString(16).padStart(64, '0')}`);
  }
  await until('all names', () => learnt === named + AT_ONCE, 30_000);
  for (let id = first; id < first + AT_ONCE; id++) directory.cgroupRemoved(id);
  docker.asked.length = 0;
}

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

test('all are named, and none costs memory after it is forgotten', async () => {
  const forgotten = () => until('all to be forgotten', () => directory.all().length === 0);
  for (let number = 0; number < 20; number++) await round(number);
  await forgotten();
  const before = heap();
  for (let number = 20; number < ROUNDS; number++) await round(number);
  await forgotten();
  // 8,000 containers with 32 labels each: 100 MB, were they kept.
  expect(heap() - before).toBeLessThan(4_000_000);
  const { seen, delivered, dropped } = directory.ledger.snapshot();
  expect({ seen, delivered, dropped }).toEqual({
    seen: ROUNDS * AT_ONCE,
    delivered: ROUNDS * AT_ONCE,
    dropped: {},
  });
}, 120_000);
