/** `npm start` on a built clone: up in seconds, tells the address, stops cleanly. */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Cleanup } from '../harness/cleanup.js';
import { freePort } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import { Program } from '../harness/program.js';
import { ROOT } from '../harness/root.js';
import { waitFor } from '../harness/wait.js';

const START = join(ROOT, 'scripts/start.js');

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return new RegExp(`^PPid:\\s${parent}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describeAsRoot('npm start', () => {
  let cleanup: Cleanup;
  beforeEach(() => {
    cleanup = new Cleanup();
  });
  afterEach(() => cleanup.run());

  test('starts collector and agent, prints the address, and Ctrl-C stops both', async () => {
    const [web, zmq] = [await freePort(), await freePort()];
    const start = new Program([process.execPath, START, '--web', `${web}`, '--zmq', `${zmq}`], cleanup);
    await waitFor(
      'the address',
      () => {
        if (start.exit !== null) throw new Error(start.stderr);
        return start.stdout.includes(`http://127.0.0.1:${web}/`) && start.stdout.includes('Ctrl-C');
      },
      60_000,
    );
    const children = childrenOf(start.pid);
    expect(children).toHaveLength(2);
    const agents = await (await fetch(`http://127.0.0.1:${web}/api/v1/agents`)).json();
    expect(agents).toMatchObject({ total: 1 });
    await start.stop('SIGINT');
    expect(start.exit).toMatchObject({ code: 0 });
    expect(children.filter(isAlive)).toEqual([]);
  });

  test('says which port is in use and how to choose another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    cleanup.add(() => void server.close());
    await waitFor('the port', () => server.listening);
    const address = server.address();
    const port = typeof address === 'object' ? address!.port : 0;
    const start = new Program([process.execPath, START, '--web', `${port}`], cleanup);
    await waitFor('the end', () => start.exit);
    expect(start.exit).toMatchObject({ code: 1 });
    expect(start.stderr).toContain(`Port ${port} (for the live page) is in use`);
    expect(start.stderr).toContain('npm start -- --web');
  });
});
