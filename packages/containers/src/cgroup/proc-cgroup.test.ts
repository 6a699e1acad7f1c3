import { describe, expect, test } from '@jest/globals';
import { ID, OUTER, POD_UID } from './cases.sample.js';
import { readProcCgroup } from './proc-cgroup.js';

const CASES: readonly (readonly [what: string, text: string, id: string | null])[] = [
  ['cgroup v2', `0::/system.slice/docker-${ID}.scope\n`, ID],
  ['cgroup v1', `11:pids:/docker/${ID}\n10:cpu,cpuacct:/docker/${ID}\n1:name=systemd:/docker/${ID}\n`, ID],
  ['hybrid, with the container in v1 only', `8:pids:/docker/${ID}\n1:name=systemd:/docker/${ID}\n0::/\n`, ID],
  ['hybrid, with the daemon in v2', `8:pids:/docker/${ID}\n0::/system.slice/containerd.service\n`, ID],
  [
    'hybrid, in systemd’s hierarchy only',
    `8:pids:/\n1:name=systemd:/machine.slice/libpod-${ID}.scope\n0::/\n`,
    ID,
  ],
  ['v2 before v1', `4:memory:/docker/${OUTER}\n0::/docker/${ID}\n`, ID],
  ['systemd’s before other v1', `4:memory:/docker/${OUTER}\n1:name=systemd:/docker/${ID}\n`, ID],
  ['what is certain before what is not', `4:memory:/docker/${ID}\n0::/ci/runner\n`, ID],
  ['a pod', `0::/kubepods/besteffort/pod${POD_UID}/${ID}\n`, ID],
  [
    'colons in the path',
    `1:name=systemd:/system.slice/containerd.service/x.slice:cri-containerd:${ID}\n`,
    ID,
  ],
  ['from inside a container', '0::/\n', null],
  ['a service', '8:pids:/system.slice/ssh.service\n0::/system.slice/ssh.service\n', null],
  ['podman’s conmon', `0::/machine.slice/libpod-conmon-${ID}.scope\n`, null],
  ['nothing', '', null],
  ['not that file', `docker/${ID}\n::\n:::\n0:/${ID}`, null],
  ['without end', `x\n`.repeat(1_000_000), null],
];

describe('/proc/PID/cgroup tells the container', () => {
  test.each(CASES)('%s', (_what, text, id) => {
    expect(readProcCgroup(text)?.id ?? null).toBe(id);
  });
});
