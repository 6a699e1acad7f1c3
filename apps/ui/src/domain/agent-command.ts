/** The command that makes an agent report to this collector. */
import type { InterfaceInfo } from '@packetless/live';

type Endpoint = InterfaceInfo['endpoints'][number];

/** Matches `scheme://host:port` with or without the trailing `c`; a host in brackets is IPv6. */
const ADDRESS = /^(tcp|zmq):\/\/(\[[^\]]*\]|[^:]*):(\d+)c?$/;
const ANY_HOST: ReadonlySet<string> = new Set(['*', '0.0.0.0', '[::]', '']);

/**
 * A collector that binds is connected to (trailing `c`); one that connects wants the agent to bind.
 * `pageHost` is where the page was loaded from, which is how this collector can be reached.
 *
 *     agentCommand({ address: 'tcp://*:1234', mode: 'bind', peers: 0 }, '10.0.0.1');
 *     // 'packetless-agent -v --zmq tcp://10.0.0.1:1234c'
 */
export function agentCommand(endpoint: Endpoint, pageHost: string): string | null {
  const match = ADDRESS.exec(endpoint.address);
  if (match === null) return null;
  const [, , host, port] = match;
  if (endpoint.mode === 'connect') return `packetless-agent -v --zmq tcp://*:${port}`;
  const reached = ANY_HOST.has(host!) ? pageHost : host;
  return `packetless-agent -v --zmq tcp://${reached}:${port}c`;
}

/** One for each endpoint of all interfaces, without repetition. */
export function agentCommands(interfaces: readonly InterfaceInfo[], pageHost: string): string[] {
  const commands = interfaces
    .filter((each) => each.kind === 'zmq')
    .flatMap((each) => each.endpoints)
    .map((endpoint) => agentCommand(endpoint, pageHost));
  return [...new Set(commands)].filter((command) => command !== null);
}
