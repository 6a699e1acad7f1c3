import { describe, expect, test } from '@jest/globals';
import { roleOf } from './role.js';

const PROXY = '/usr/bin/docker-proxy';
const CASES: readonly (readonly [commandLine: string, role: string | null])[] = [
  [
    `${PROXY} -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80`,
    'forwards port 8080 to 172.17.0.2:80 (docker-proxy)',
  ],
  [
    `${PROXY} -proto udp -host-ip :: -host-port 53 -container-ip 172.17.0.2 -container-port 5353 -use-listen-fd`,
    'forwards UDP port 53 to 172.17.0.2:5353 (docker-proxy)',
  ],
  [
    `${PROXY} --proto=sctp --host-port=9 --container-ip=fd00::2 --container-port=10`,
    'forwards SCTP port 9 to [fd00::2]:10 (docker-proxy)',
  ],
  [`${PROXY} -proto tcp -host-port 8080`, 'forwards port 8080 to a container (docker-proxy)'],
  [`${PROXY}`, 'forwards a port to a container (docker-proxy)'],
  [`${PROXY} -host-port`, 'forwards a port to a container (docker-proxy)'],
  [`${PROXY} -host-port 99999 -container-port x`, 'forwards a port to a container (docker-proxy)'],
  [
    `${PROXY} -host-port 80 -container-ip <b>\x1b[31m -container-port 80`,
    'forwards port 80 to a container (docker-proxy)',
  ],
  ['/usr/bin/conmon --api-version 1 -c 4c01 -n web', 'watches over a container (conmon)'],
  ['/usr/bin/containerd-shim-runc-v2 -namespace moby -id 4c01', 'watches over containers (containerd-shim)'],
  // As the kernel calls it.
  ['containerd-shim', 'watches over containers (containerd-shim)'],
  ['containerd-shim-kata-v2', 'watches over containers (containerd-shim)'],
  ['/pause', "holds a pod's namespaces open (pause)"],
  ['/usr/lib/podman/aardvark-dns --config /run x run', 'answers DNS for containers (aardvark-dns)'],
  ['/usr/bin/slirp4netns --mtu 65520 4711 tap0', 'connects rootless containers to the network (slirp4netns)'],
  ['/usr/bin/pasta --config-net', 'connects rootless containers to the network (pasta)'],
  ['/usr/bin/pasta.avx2 --config-net', 'connects rootless containers to the network (pasta)'],
  ['/usr/lib/podman/rootlessport', 'forwards ports to rootless containers (rootlessport)'],
  ['/usr/sbin/dockerd -H fd://', null],
  ['/usr/bin/containerd', null],
  ['/usr/bin/kube-proxy --config /x', null],
  ['/usr/bin/conmonitor', null],
  ['/usr/bin/my-docker-proxy -host-port 80', null],
  ['/usr/sbin/nginx -g docker-proxy', null],
  ['constructor', null],
];

describe('what a process does for containers', () => {
  test.each(CASES)('%j', (commandLine, role) => {
    const argv = commandLine.split(' ');
    expect(roleOf({ name: argv[0]!.split('/').at(-1)!, argv })).toBe(role);
  });
});
