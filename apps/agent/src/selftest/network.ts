/** The self-test's own hosts: network namespaces with cables between them. Nothing of it touches the host's own network. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cleanup } from './cleanup.js';
import { leftOvers, OWN_PREFIX, ownNames } from './left-overs.js';

const run = promisify(execFile);

/**
 * a: clients; b: servers, and the router that a's packets to strange places go through; c: where a container lives;
 * d and e: a pair whose connection is broken.
 */
export const HOSTS = ['a', 'b', 'c', 'd', 'e'] as const;
export type Host = (typeof HOSTS)[number];
export type Family = 'ipv4' | 'ipv6';

interface Cable {
  readonly hosts: readonly [Host, Host];
  readonly devices: readonly [string, string];
  readonly net: number;
}

/** RFC 2544 gives 198.18.0.0/15 to tests of networks, RFC 3849 2001:db8::/32 to documents: nobody's real peers. */
const CABLES: readonly Cable[] = [
  { hosts: ['a', 'b'], devices: ['a0', 'b0'], net: 1 },
  { hosts: ['c', 'b'], devices: ['c0', 'b1'], net: 2 },
  { hosts: ['d', 'e'], devices: ['d0', 'e0'], net: 3 },
];

function address(net: number, end: 0 | 1, family: Family): string {
  return family === 'ipv4' ? `198.18.${net}.${end + 1}` : `2001:db8:18:${net}::${end + 1}`;
}

/** The address of `host` on its cable to `peer`. */
export function addressOf(host: Host, peer: Host, family: Family): string {
  for (const { hosts, net } of CABLES) {
    if (hosts[0] === host && hosts[1] === peer) return address(net, 0, family);
    if (hosts[1] === host && hosts[0] === peer) return address(net, 1, family);
  }
  throw new Error(`no cable between ${host} and ${peer}`);
}

/** Places where no answer comes from, as seen by host a. */
export const STRANGE_PLACES = {
  /** The router drops what goes there and says nothing. */
  silent: { ipv4: '198.18.66.1', ipv6: '2001:db8:66::1' },
  /** The router says that the host cannot be reached. */
  unreachable: { ipv4: '198.18.67.1', ipv6: '2001:db8:67::1' },
  /** The router says that the network cannot be reached. */
  noNetwork: { ipv4: '198.18.68.1', ipv6: '2001:db8:68::1' },
  /** a's own routes forbid it. */
  forbidden: { ipv4: '198.18.70.1', ipv6: '2001:db8:70::1' },
  /** a has no route there. */
  noRoute: { ipv4: '203.0.113.1', ipv6: '2001:db9::1' },
} as const;

/** Loopback addresses of the self-test's own, as far as there are several. */
export const LOOPBACK = { ipv4: '127.98.18.1', ipv6: '::1' } as const;

/**
 * One end of every conversation is in one of these. The agent is told to show no others: a busy host's would only
 * be in the way. 0.0.0.0 is for frames below IP.
 */
export const OWN_ADDRESSES = [
  '198.18.0.0/15',
  '2001:db8::/31',
  '203.0.113.0/24',
  `${LOOPBACK.ipv4}/32`,
  LOOPBACK.ipv6,
  '0.0.0.0',
].join();

/** Where ip(8) keeps the names of namespaces. */
const NAMES = '/run/netns';

export class Network {
  async #ip(...args: string[]): Promise<string> {
    const { stdout } = await run('ip', args);
    return stdout;
  }

  /** File of a host's network namespace. */
  file(host: Host): string {
    return `${NAMES}/${OWN_PREFIX}${host}`;
  }

  /** Makes all hosts and cables; `cleanup` takes them away. */
  async build(cleanup: Cleanup): Promise<void> {
    for (const name of leftOvers(NAMES)) await this.#ip('netns', 'delete', name);
    cleanup.add(() => this.#remove());
    await Promise.all(HOSTS.map((host) => this.#ip('netns', 'add', `${OWN_PREFIX}${host}`)));
    await Promise.all(HOSTS.map((host) => this.in(host, 'link', 'set', 'lo', 'up')));
    for (const cable of CABLES) await this.#connect(cable);
    await Promise.all([this.#makeRouter(), this.#makeClient()]);
  }

  /** `ip` in a host. */
  async in(host: Host, ...args: string[]): Promise<string> {
    return this.#ip('-n', `${OWN_PREFIX}${host}`, ...args);
  }

  /** Meanwhile e drops whatever comes, without a word. */
  async whileBlocked<T>(work: () => Promise<T>): Promise<T> {
    const families = ['-4', '-6'];
    const rule = ['pref', '1', 'blackhole'];
    for (const family of families) await this.in('e', family, 'rule', 'add', ...rule);
    try {
      return await work();
    } finally {
      for (const family of families) await this.in('e', family, 'rule', 'del', ...rule);
    }
  }

  /** Meanwhile e is off the network. */
  async whileCut<T>(work: () => Promise<T>): Promise<T> {
    await this.in('e', 'link', 'set', 'e0', 'down');
    try {
      return await work();
    } finally {
      await this.in('e', 'link', 'set', 'e0', 'up');
      // The kernel took it away with the link.
      await this.in('e', 'address', 'replace', `${addressOf('e', 'd', 'ipv6')}/64`, 'dev', 'e0', 'nodad');
    }
  }

  async macOf(host: Host, device: string): Promise<string> {
    const [link] = JSON.parse(await this.in(host, '-json', 'link', 'show', device)) as { address: string }[];
    return link!.address;
  }

  async #connect({ hosts, devices, net }: Cable): Promise<void> {
    const [near, far] = hosts.map((host) => `${OWN_PREFIX}${host}`) as [string, string];
    const [device, peer] = devices;
    await this.#ip(...`link add ${device} netns ${near} type veth peer name ${peer} netns ${far}`.split(' '));
    for (const end of [0, 1] as const) {
      const on = ['dev', devices[end]];
      await this.in(hosts[end], 'address', 'add', `${address(net, end, 'ipv4')}/24`, ...on);
      // Duplicate address detection would hold the address back for a second.
      await this.in(hosts[end], 'address', 'add', `${address(net, end, 'ipv6')}/64`, ...on, 'nodad');
      await this.in(hosts[end], 'link', 'set', devices[end], 'up');
    }
  }

  async #makeRouter(): Promise<void> {
    await this.#set('b', 'net/ipv4/ip_forward', '1');
    await this.#set('b', 'net/ipv6/conf/all/forwarding', '1');
    // It answers every packet to a place that cannot be reached.
    await this.#set('b', 'net/ipv4/icmp_ratelimit', '0');
    await this.#set('b', 'net/ipv6/icmp/ratelimit', '0');
    await this.in('b', 'route', 'add', 'blackhole', '198.18.66.0/24');
    await this.in('b', 'route', 'add', 'unreachable', '198.18.67.0/24');
    await this.in('b', '-6', 'route', 'add', 'blackhole', '2001:db8:66::/48');
    await this.in('b', '-6', 'route', 'add', 'unreachable', '2001:db8:67::/48');
  }

  async #makeClient(): Promise<void> {
    // Ping sockets for everybody.
    await this.#set('a', 'net/ipv4/ping_group_range', '0 2147483647');
    await this.in('a', 'route', 'add', 'prohibit', '198.18.70.0/24');
    await this.in('a', '-6', 'route', 'add', 'prohibit', '2001:db8:70::/48');
    await this.in('a', 'route', 'add', '198.18.64.0/20', 'via', addressOf('b', 'a', 'ipv4'));
    for (const net of ['66', '67', '68']) {
      await this.in('a', '-6', 'route', 'add', `2001:db8:${net}::/48`, 'via', addressOf('b', 'a', 'ipv6'));
    }
  }

  async #set(host: Host, name: string, value: string): Promise<void> {
    const script = 'printf %s "$1" > "/proc/sys/$0"';
    await run('ip', ['netns', 'exec', `${OWN_PREFIX}${host}`, 'sh', '-c', script, name, value]);
  }

  async #remove(): Promise<void> {
    await Promise.all(ownNames(NAMES).map((name) => this.#ip('netns', 'delete', name)));
  }
}
