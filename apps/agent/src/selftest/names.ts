/** No event, whatever it is of, may name a process that had no part in it. */
import type { ConversationEvent, Process } from '@packetless/model';
import type { Fact } from './fact.js';
import { localEnd, namespaceOf, type Observed, remoteEnd } from './observed.js';

/**
 * The names that nothing of what the applications said accounts for. `facts`: of all programs of the self-test, those
 * of ends that no row expects anything of included. `graded`: events that were held against one of them already.
 */
export function strayNames(
  observed: Observed,
  facts: Iterable<Fact>,
  graded: ReadonlySet<ConversationEvent>,
): readonly string[] {
  const bySocket = new Map<string, Set<number>>();
  const byAddress = new Map<string, Set<number>>();
  for (const fact of facts) {
    add(bySocket, `${fact.netns} ${fact.cookie}`, fact.pid);
    add(byAddress, addressKey(fact.protocol, fact.local, fact.localPort), fact.pid);
  }
  const strays = new Set<string>();
  for (const event of observed.all()) {
    const [local, remote] = [localEnd(event), remoteEnd(event)];
    const socket =
      event.socket === null
        ? byAddress.get(addressKey(event.protocol, local.address, local.port))
        : bySocket.get(`${namespaceOf(event)} ${event.socket}`);
    if (local.process !== null && !graded.has(event) && socket?.has(local.process.pid) !== true) {
      strays.add(describe(event, local.process));
    }
    const peer = byAddress.get(addressKey(event.protocol, remote.address, remote.port));
    if (remote.process !== null && peer?.has(remote.process.pid) !== true) {
      strays.add(describe(event, remote.process));
    }
  }
  return [...strays];
}

function describe(event: ConversationEvent, named: Process): string {
  const [local, remote] = [localEnd(event), remoteEnd(event)];
  const ends = `${local.address}:${local.port} and ${remote.address}:${remote.port}`;
  const what = `${event.name ?? event.type} of protocol ${event.protocol} between ${ends}`;
  return `${what} names ${named.name}(${named.pid}), which had no part in it`;
}

function addressKey(protocol: number, address: string, port: number): string {
  return `${protocol} ${address} ${port}`;
}

function add(map: Map<string, Set<number>>, key: string, pid: number): void {
  const pids = map.get(key);
  if (pids === undefined) map.set(key, new Set([pid]));
  else pids.add(pid);
}
