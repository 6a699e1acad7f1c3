/** Processes that take the processor from each other, in the middle of what the programs do for them, too. */
import { waitFor } from '../../../harness/wait.js';
import { ownEnd } from '../events.js';
import { judge } from '../judge.js';
import type { Laboratory } from '../laboratory.js';
import type { Fact } from './fact.js';

/** Of each of four processes, without those that interrupt them. */
const CONNECTIONS = 150;
/** Of a whole list nobody reads what differs. */
const SHOWN = 5;

/** What was told of this server's conversations: name, side, client's port and the process of that side. */
function told({ events }: Laboratory, serverPort: number): Set<string> {
  const lines = events.all().flatMap((event) => {
    if (event.type !== 'flow' || event.server.port !== serverPort) return [];
    return [`${event.name} ${event.side} ${event.client.port} ${ownEnd(event).process?.pid}`];
  });
  return new Set(lines);
}

const crowd: Fact = {
  id: 'crowd',
  async check(laboratory) {
    const { traffic } = laboratory;
    const server = await traffic.serve('tcp', '127.0.0.1');
    const calls = await traffic.rush('127.0.0.1', server.port, CONNECTIONS);
    const truth = calls.flatMap(({ port, pid }) => [
      `CONNECT client ${port} ${pid}`,
      `CLOSE client ${port} ${pid}`,
      `ACCEPT server ${port} ${server.program.pid}`,
      `CLOSE server ${port} ${server.program.pid}`,
    ]);
    const missing = () => {
      const said = told(laboratory, server.port);
      return truth.filter((line) => !said.has(line));
    };
    // What never comes is said below.
    await waitFor('all of it to be told', () => missing().length === 0).catch(() => {});
    return judge(
      { enough: calls.length > 4 * CONNECTIONS, missing: missing().slice(0, SHOWN) },
      { enough: true, missing: [] },
    );
  },
};

export const CROWD: readonly Fact[] = [crowd];
