/** Servers that let another process accept than the one that listens. */
import { Program } from '../../../harness/program.js';
import { waitFor } from '../../../harness/wait.js';
import { isAbout } from '../events.js';
import { judge } from '../judge.js';
import type { FactId } from '../titles.js';
import type { Fact } from './fact.js';

/** `manner`: how the worker takes a connection, see traffic.c. */
function worker(id: FactId, manner: 'silent' | 'polite'): Fact {
  return {
    id,
    async check({ events, traffic, cleanup, hold }) {
      const parent = new Program([traffic.exe, 'prefork', '127.0.0.1', '0', manner], cleanup);
      const line = await waitFor('the worker to listen', () => parent.lines[0]);
      const child = JSON.parse(line) as { pid: number; port: number };
      const { call } = await hold('127.0.0.1', child.port, 0);
      const ends = { clientPort: call.port, serverPort: child.port };
      const named = await events.find((event) =>
        isAbout(event, 'server', ends) && event.server.process?.pid === child.pid ? event : null,
      );
      if (named !== null) return judge(named.server.process, { pid: child.pid, name: 'traffic' });
      return { verdict: 'unknown', detail: 'the worker is not named before it reads, writes or closes' };
    },
  };
}

export const WORKERS: readonly Fact[] = [worker('worker-asks', 'polite'), worker('worker', 'silent')];
