/** Network namespaces as test hosts. */
import { execFileSync } from 'node:child_process';
import type { Cleanup } from './cleanup.js';

let made = 0;

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A fresh namespace with its loopback up; gives its name. */
export function makeNamespace(cleanup: Cleanup): string {
  made += 1;
  const name = `pl${process.pid}n${made}`;
  ip('netns', 'add', name);
  cleanup.add(() => ip('netns', 'delete', name));
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return name;
}

/** Lets the namespace's clients use one source port only, so that a test knows it beforehand. */
export function fixSourcePort(namespace: string, port: number): void {
  const range = `net.ipv4.ip_local_port_range=${port} ${port}`;
  execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'sysctl', '-qw', range]);
}

export interface Plug {
  readonly namespace: string;
  /** Name of the interface inside the namespace. */
  readonly device: string;
  /** Addresses with prefix lengths. */
  readonly addresses: readonly string[];
}

/** A cable between two namespaces. It goes with them. */
export function connectNamespaces(a: Plug, b: Plug): void {
  const names = [`${a.device}-${made}a`, `${b.device}-${made}b`];
  ip('link', 'add', names[0]!, 'type', 'veth', 'peer', 'name', names[1]!);
  for (const [index, plug] of [a, b].entries()) {
    ip('link', 'set', names[index]!, 'netns', plug.namespace, 'name', plug.device);
    for (const address of plug.addresses) {
      // Duplicate address detection would hold IPv6 addresses back for a second.
      const nodad = address.includes(':') ? ['nodad'] : [];
      ip('-n', plug.namespace, 'address', 'add', address, 'dev', plug.device, ...nodad);
    }
    ip('-n', plug.namespace, 'link', 'set', plug.device, 'up');
  }
}

/** Loads rules (nft(8)) into the namespace; what they translate is the namespace's own. They go with it. */
export function loadRules(namespace: string, rules: string): void {
  execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'nft', '-f', '-'], { input: rules });
}

/** Lets the namespace pass on packets that are for others. */
export function forwardPackets(namespace: string): void {
  const settings = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
  execFileSync('nsenter', [`--net=/run/netns/${namespace}`, 'sysctl', '-qw', ...settings]);
}

export function addRoute(namespace: string, via: string): void {
  ip('-n', namespace, ...(via.includes(':') ? ['-6'] : []), 'route', 'add', 'default', 'via', via);
}

/**
 * A cable from a namespace to this machine, which passes on what comes by it. Made here and not there, because only the
 * machine's own interfaces can be captured.
 */
export function plugIntoHost(cleanup: Cleanup, plug: Plug, device: string, address: string): void {
  const { namespace } = plug;
  ip('link', 'add', device, 'type', 'veth', 'peer', 'name', plug.device, 'netns', namespace);
  cleanup.add(() => ip('link', 'delete', device));
  ip('address', 'add', address, 'dev', device);
  ip('link', 'set', device, 'up');
  execFileSync('sysctl', ['-qw', `net.ipv4.conf.${device}.forwarding=1`]);
  for (const each of plug.addresses) ip('-n', namespace, 'address', 'add', each, 'dev', plug.device);
  ip('-n', namespace, 'link', 'set', plug.device, 'up');
}

/** Loads a table of this machine's own, whose rules are for a test's interfaces only. */
export function loadHostRules(cleanup: Cleanup, table: string, chains: string): void {
  execFileSync('nft', ['-f', '-'], { input: `table inet ${table} {\n${chains}\n}` });
  cleanup.add(() => {
    execFileSync('nft', ['delete', 'table', 'inet', table]);
  });
}
