/** What the facts share during one run of the agent: its events, two network namespaces, and what is older than it. */
import type { Cleanup } from '../../harness/cleanup.js';
import { connectNamespaces, makeNamespace } from '../../harness/namespace.js';
import { Program } from '../../harness/program.js';
import { type Call, type Server, Traffic } from '../../harness/traffic.js';
import { waitFor } from '../../harness/wait.js';
import { Events } from './events.js';
import { AGENT, TRAFFIC } from './places.js';

const START_MS = 60_000;

/** Payload each way of the connection that is older than the agent. */
export const OLD_BYTES = 3000;

/** A process that keeps its conversation until it is told to end. */
export interface Held {
  readonly program: Program;
  readonly call: Call;
}

export interface Laboratory {
  readonly cleanup: Cleanup;
  readonly traffic: Traffic;
  readonly left: string;
  readonly right: string;
  /** Older than the agent. */
  readonly old: { readonly tcp: Server; readonly udp: Server; readonly held: Held };
  readonly events: Events;
  /** Makes a TCP connection with so many bytes each way and keeps it. */
  readonly hold: (address: string, port: number, bytes: number) => Promise<Held>;
}

/** Makes everything and starts an agent with these arguments. What was made is undone by `cleanup`. */
export async function openLaboratory(
  cleanup: Cleanup,
  agentArguments: readonly string[],
): Promise<Laboratory> {
  const traffic = new Traffic(cleanup, TRAFFIC);
  const hold = async (address: string, port: number, bytes: number) => {
    const command = [traffic.exe, 'hold', 'tcp', address, String(port), String(bytes)];
    const program = new Program(command, cleanup);
    const line = await waitFor('a connection to be made', () => {
      if (program.exit !== null) throw new Error(program.stderr);
      return program.lines[0];
    });
    return { program, call: JSON.parse(line) as Call };
  };
  const left = makeNamespace(cleanup);
  const right = makeNamespace(cleanup);
  connectNamespaces(
    { namespace: left, device: 'left', addresses: ['10.77.0.1/24', 'fd77::1/64'] },
    { namespace: right, device: 'right', addresses: ['10.77.0.2/24', 'fd77::2/64'] },
  );
  const tcp = await traffic.serve('tcp', '127.0.0.1');
  const udp = await traffic.serve('udp', '127.0.0.1');
  const held = await hold('127.0.0.1', tcp.port, OLD_BYTES);
  const events = new Events(await startAgent(cleanup, agentArguments));
  return { cleanup, traffic, left, right, old: { tcp, udp, held }, events, hold };
}

/** Waits until it watches. */
async function startAgent(cleanup: Cleanup, agentArguments: readonly string[]): Promise<Program> {
  const command = [process.execPath, AGENT, '--format', 'json', '--interval', '1', ...agentArguments];
  const agent = new Program(command, cleanup);
  const watches = () => {
    if (agent.exit !== null) return true;
    return agent.lines.some((line) => line.includes('"type":"status"'));
  };
  await waitFor('the agent to start', watches, START_MS);
  if (agent.exit !== null) throw new Error(agent.stderr.trim());
  return agent;
}
