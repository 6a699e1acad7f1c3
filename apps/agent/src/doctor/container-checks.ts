/** Which container runtimes can be asked for names. */
import { setTimeout as delay } from 'node:timers/promises';
import { ContainerDirectory, type RuntimeStatus } from '@packetless/containers';
import type { RuntimeSockets } from '../options/runtime-sockets.js';
import { type Finding, loss, note, ok } from './report.js';

const PATIENCE_MS = 3000;
/** Looking for the sockets themselves takes as long as the file system does. */
const FIRST_LOOK_MS = 500;
const LOOK_EVERY_MS = 50;

export async function containerChecks(sockets: RuntimeSockets): Promise<Finding[]> {
  const directory = new ContainerDirectory(sockets === null ? {} : { sockets });
  directory.start();
  try {
    const found = (await settled(directory)).filter(({ state }) => state !== 'absent');
    if (found.length === 0)
      return [note('runtimes', 'none is here, as far as its socket is in a usual place')];
    return found.map(findingOf);
  } finally {
    directory.close();
  }
}

async function settled(directory: ContainerDirectory): Promise<readonly RuntimeStatus[]> {
  const deadline = Date.now() + PATIENCE_MS;
  await delay(FIRST_LOOK_MS);
  let status = directory.status();
  while (Date.now() < deadline && status.some(({ state }) => state === 'not asked')) {
    await delay(LOOK_EVERY_MS);
    status = directory.status();
  }
  return status;
}

function findingOf({ socket, kind, state, runtime, version, problem, remedy }: RuntimeStatus): Finding {
  const name = runtime ?? kind;
  if (state === 'answers')
    return ok(name, `${[name, version].filter(Boolean).join(' ')} answers at ${socket}`);
  return loss(
    name,
    `${socket}: ${problem ?? state}`,
    `names, images and labels of the containers of ${name}; their ids are known all the same`,
    remedy === null ? [] : [remedy],
  );
}
