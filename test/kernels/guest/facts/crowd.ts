/** Processes that take the processor from each other, in the middle of what the programs do for them, too. */
import type { ConversationEvent } from '@packetless/model';
import { ownEnd } from '../events.js';
import { judge } from '../judge.js';
import type { Fact } from './fact.js';

/** Of each of four processes, without those that interrupt them. */
const CONNECTIONS = 50;
/** Of a whole list nobody reads what differs. */
const SHOWN = 5;

/** What is told of conversations: name, side, the client's port and the process of that side. */
function lineOf(event: ConversationEvent): string {
  return `${event.name} ${event.side} ${event.client.port} ${ownEnd(event).process?.pid}`;
}

const crowd: Fact = {
  id: 'crowd',
  async check({ traffic, events }) {
    const server = await traffic.serve('tcp', '127.0.0.1');
    const calls = await traffic.rush('127.0.0.1', server.port, CONNECTIONS);
    const missing = new Set(
      calls.flatMap(({ port, pid }) => [
        `CONNECT client ${port} ${pid}`,
        `CLOSE client ${port} ${pid}`,
        `ACCEPT server ${port} ${server.program.pid}`,
        `CLOSE server ${port} ${server.program.pid}`,
      ]),
    );
    // Null when one never comes: then it is still in the set.
    await events.find((event) => {
      if (event.type === 'flow' && event.server.port === server.port) missing.delete(lineOf(event));
      return missing.size === 0 ? missing : null;
    });
    return judge(
      { enough: calls.length > 4 * CONNECTIONS, missing: [...missing].slice(0, SHOWN) },
      { enough: true, missing: [] },
    );
  },
};

export const CROWD: readonly Fact[] = [crowd];
