/** One table for all runtimes, drivers and hierarchies: what a path says. */
import type { ContainerReference } from './reference.js';

export const ID = `${'a1b2c3d4'.repeat(7)}e5f60718`;
export const OUTER = `${'0f1e2d3c'.repeat(7)}4b5a6978`;
export const POD_UID = '1c2d3e4f-0000-4000-8000-000000000001';
const ESCAPED_UID = POD_UID.replaceAll('-', '_');
/** The kubelet derives it from the manifest's file, so it is an MD5 sum. */
export const STATIC_POD_UID = '7c1b5e8f2a9d4c3b8e6f0a1d2c3b4e5f';

interface Case {
  readonly what: string;
  readonly path: string;
  /** What differs from a certain container `ID` of which nothing else is known; null: no container. */
  readonly is: (Partial<Omit<ContainerReference, 'outer'>> & { readonly outer?: string }) | null;
}

const inPod = (path: string) => `/kubepods.slice/kubepods-besteffort.slice/${path}`;
const user = '/user.slice/user-1000.slice/user@1000.service';

export const PATH_CASES: readonly Case[] = [
  // docker
  { what: 'docker, systemd', path: `/system.slice/docker-${ID}.scope`, is: { runtime: 'docker' } },
  { what: 'docker, cgroupfs', path: `/docker/${ID}`, is: { runtime: 'docker' } },
  { what: 'docker with a cgroup parent of its own', path: `/builds/${ID}`, is: {} },
  {
    what: 'docker with a slice for a parent',
    path: `/builds.slice/docker-${ID}.scope`,
    is: { runtime: 'docker' },
  },
  {
    what: 'docker told to use a systemd name as a directory',
    path: `/system.slice:docker:${ID}`,
    is: { runtime: 'docker' },
  },
  {
    what: 'rootless docker',
    path: `${user}/user.slice/docker-${ID}.scope`,
    is: { runtime: 'docker', user: 1000 },
  },
  {
    what: 'systemd inside a docker container',
    path: `/docker/${ID}/system.slice/ssh.service`,
    is: { runtime: 'docker' },
  },
  {
    what: 'the init scope of a container',
    path: `/system.slice/docker-${ID}.scope/init.scope`,
    is: { runtime: 'docker' },
  },
  { what: 'a cgroup removed under its process', path: `/docker/${ID} (deleted)`, is: { runtime: 'docker' } },
  {
    what: "docker's containers by containerd's namespace for them",
    path: `/moby/${ID}`,
    is: { runtime: 'docker' },
  },
  {
    what: 'a step of an image build',
    path: '/docker/buildkit/x0dwvtq0zq1u3lgwvsq7oj4ne',
    is: { id: 'x0dwvtq0zq1u3lgwvsq7oj4ne', runtime: 'docker' },
  },
  {
    what: 'a step of a build without docker',
    path: '/buildkit/x0dwvtq0zq1u3lgwvsq7oj4ne',
    is: { id: 'x0dwvtq0zq1u3lgwvsq7oj4ne' },
  },
  // Kubernetes
  {
    what: 'containerd, Kubernetes, systemd',
    path: inPod(`kubepods-besteffort-pod${ESCAPED_UID}.slice/cri-containerd-${ID}.scope`),
    is: { runtime: 'containerd', podUid: POD_UID },
  },
  {
    what: 'containerd, Kubernetes, cgroupfs',
    path: `/kubepods/burstable/pod${POD_UID}/${ID}`,
    is: { podUid: POD_UID },
  },
  {
    what: "a pod's own directory on a nested node",
    path: `/node/kubepods/besteffort/pod${POD_UID}`,
    is: null,
  },
  { what: 'a guaranteed pod', path: `/kubepods/pod${POD_UID}/${ID}`, is: { podUid: POD_UID } },
  {
    what: 'a guaranteed pod, systemd',
    path: `/kubepods.slice/kubepods-pod${ESCAPED_UID}.slice/cri-containerd-${ID}.scope`,
    is: { runtime: 'containerd', podUid: POD_UID },
  },
  {
    what: 'a static pod',
    path: `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${STATIC_POD_UID}.slice/cri-containerd-${ID}.scope`,
    is: { runtime: 'containerd', podUid: STATIC_POD_UID },
  },
  {
    what: 'a static pod, cgroupfs',
    path: `/kubepods/burstable/pod${STATIC_POD_UID}/${ID}`,
    is: { podUid: STATIC_POD_UID },
  },
  {
    what: 'containerd below its own service',
    path: `/system.slice/containerd.service/kubepods-burstable-pod${ESCAPED_UID}.slice:cri-containerd:${ID}`,
    is: { runtime: 'containerd', podUid: POD_UID },
  },
  {
    what: 'docker under Kubernetes',
    path: inPod(`kubepods-besteffort-pod${ESCAPED_UID}.slice/docker-${ID}.scope`),
    is: { runtime: 'docker', podUid: POD_UID },
  },
  {
    what: 'CRI-O, systemd',
    path: inPod(`kubepods-besteffort-pod${ESCAPED_UID}.slice/crio-${ID}.scope`),
    is: { runtime: 'cri-o', podUid: POD_UID },
  },
  {
    what: 'CRI-O, systemd, below the container',
    path: inPod(`kubepods-besteffort-pod${ESCAPED_UID}.slice/crio-${ID}.scope/container`),
    is: { runtime: 'cri-o', podUid: POD_UID },
  },
  {
    what: 'CRI-O, cgroupfs',
    path: `/kubepods/besteffort/pod${POD_UID}/crio-${ID}`,
    is: { runtime: 'cri-o', podUid: POD_UID },
  },
  {
    what: 'a node of kind',
    path: `/docker/${OUTER}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${ESCAPED_UID}.slice/cri-containerd-${ID}.scope`,
    is: { outer: OUTER, runtime: 'containerd', podUid: POD_UID },
  },
  {
    what: 'a node of kind, cgroupfs',
    path: `/docker/${OUTER}/kubelet/kubepods/besteffort/pod${POD_UID}/${ID}`,
    is: { outer: OUTER, podUid: POD_UID },
  },
  { what: 'the node of kind itself', path: `/docker/${ID}/init.scope`, is: { runtime: 'docker' } },
  {
    what: "kind's kubelet",
    path: `/docker/${ID}/kubelet.slice/kubelet.service`,
    is: { runtime: 'docker' },
  },
  {
    what: 'k3s',
    path: `/kubepods/besteffort/pod${POD_UID}/${ID}`,
    is: { podUid: POD_UID },
  },
  {
    what: 'k3s in docker (k3d)',
    path: `/docker/${OUTER}/kubepods/burstable/pod${POD_UID}/${ID}`,
    is: { outer: OUTER, podUid: POD_UID },
  },
  {
    what: 'microk8s',
    path: `/kubepods/burstable/pod${POD_UID}/${ID}`,
    is: { podUid: POD_UID },
  },
  {
    what: 'the CRI without a parent from kubelet',
    path: `/k8s.io/${ID}`,
    is: { runtime: 'containerd', containerdNamespace: 'k8s.io' },
  },
  {
    what: 'docker inside a pod: the inner one, in that pod',
    path: `/kubepods/besteffort/pod${POD_UID}/${OUTER}/docker/${ID}`,
    is: { outer: OUTER, runtime: 'docker', podUid: POD_UID },
  },
  {
    what: 'seen from inside a cgroup namespace',
    path: `/../${ID}`,
    is: {},
  },
  {
    what: 'seen from far inside a cgroup namespace',
    path: `/../../../kubepods-besteffort-pod${ESCAPED_UID}.slice/cri-containerd-${ID}.scope`,
    is: { runtime: 'containerd', podUid: POD_UID },
  },
  // podman
  { what: 'podman, systemd', path: `/machine.slice/libpod-${ID}.scope`, is: { runtime: 'podman' } },
  {
    what: 'podman, systemd, below the container',
    path: `/machine.slice/libpod-${ID}.scope/container`,
    is: { runtime: 'podman' },
  },
  { what: 'podman, cgroupfs', path: `/libpod_parent/libpod-${ID}`, is: { runtime: 'podman' } },
  {
    what: 'podman pod, cgroupfs',
    path: `/libpod_parent/${OUTER}/libpod-${ID}`,
    is: { runtime: 'podman' },
  },
  {
    what: 'podman pod, systemd',
    path: `/machine.slice/machine-libpod_pod_${OUTER}.slice/libpod-${ID}.scope/container`,
    is: { runtime: 'podman' },
  },
  {
    what: 'rootless podman',
    path: `${user}/user.slice/libpod-${ID}.scope/container`,
    is: { runtime: 'podman', user: 1000 },
  },
  {
    what: 'rootless podman pod',
    path: `${user}/user.slice/user-libpod_pod_${OUTER}.slice/libpod-${ID}.scope`,
    is: { runtime: 'podman', user: 1000 },
  },
  {
    what: 'podman in a service that splits its cgroup (quadlet)',
    path: `/system.slice/web.service/libpod-payload-${ID}`,
    is: { runtime: 'podman' },
  },
  {
    what: 'podman inside docker',
    path: `/docker/${OUTER}/libpod_parent/libpod-${ID}`,
    is: { outer: OUTER, runtime: 'podman' },
  },
  // plain containerd
  {
    what: 'ctr',
    path: '/default/web',
    is: { id: 'web', runtime: 'containerd', containerdNamespace: 'default' },
  },
  {
    what: 'ctr, below the container',
    path: '/default/web/init',
    is: { id: 'web', runtime: 'containerd', containerdNamespace: 'default' },
  },
  {
    what: 'ctr in a namespace of its own, which only containerd can confirm',
    path: '/ci/runner-7',
    is: { id: 'runner-7', runtime: 'containerd', containerdNamespace: 'ci', certain: false },
  },
  {
    what: 'ctr not at the root of the tree',
    path: '/lab/default/web',
    is: { id: 'web', runtime: 'containerd', containerdNamespace: 'default', certain: false },
  },
  {
    what: 'nerdctl, cgroupfs',
    path: `/default/${ID}`,
    is: { runtime: 'containerd', containerdNamespace: 'default' },
  },
  { what: 'nerdctl, systemd', path: `/system.slice/nerdctl-${ID}.scope`, is: { runtime: 'containerd' } },
  // An id in a scope of an unknown kind: only a runtime can tell.
  { what: 'a scope with an id', path: `/system.slice/run-${ID}.scope`, is: { certain: false } },
  // helpers of the runtimes
  { what: "podman's conmon, systemd", path: `/machine.slice/libpod-conmon-${ID}.scope`, is: null },
  { what: "podman's conmon, cgroupfs", path: '/libpod_parent/conmon', is: null },
  { what: "podman's conmon of a pod, cgroupfs", path: `/libpod_parent/${OUTER}/conmon`, is: null },
  {
    what: "podman's conmon in a pod, systemd",
    path: `/machine.slice/machine-libpod_pod_${OUTER}.slice/libpod-conmon-${ID}.scope`,
    is: null,
  },
  {
    what: "CRI-O's conmon",
    path: inPod(`kubepods-besteffort-pod${ESCAPED_UID}.slice/crio-conmon-${ID}.scope`),
    is: null,
  },
  {
    what: 'conmon of a podman inside docker is in the docker container',
    path: `/docker/${ID}/libpod_parent/conmon`,
    is: { runtime: 'docker' },
  },
  { what: "a quadlet's conmon", path: '/system.slice/web.service/supervisor', is: null },
  { what: "podman's health check", path: `/system.slice/${ID}.service`, is: null },
  // the host
  { what: 'the root', path: '/', is: null },
  { what: 'nothing', path: '', is: null },
  { what: 'a service', path: '/system.slice/ssh.service', is: null },
  { what: 'a session', path: '/user.slice/user-1000.slice/session-3.scope', is: null },
  {
    what: "a user's service",
    path: `${user}/app.slice/app-org.gnome.Terminal.slice/vte-spawn-1.scope`,
    is: null,
  },
  { what: 'init', path: '/init.scope', is: null },
  { what: "docker's daemon", path: '/system.slice/docker.service', is: null },
  { what: "containerd's daemon and shims", path: '/system.slice/containerd.service', is: null },
  {
    what: 'a mount of old docker',
    path: `/system.slice/var-lib-docker-overlay2-${ID}-merged.mount`,
    is: null,
  },
  { what: 'a service with a digest in its name', path: `/system.slice/backup-${ID}.service`, is: null },
  { what: 'a pod as a whole', path: `/kubepods/besteffort/pod${POD_UID}`, is: null },
  { what: 'a pod of podman as a whole', path: `/libpod_parent/${ID}`, is: null },
  { what: 'all pods', path: '/kubepods/besteffort', is: null },
  { what: 'kubelet', path: '/system.slice/kubelet.service', is: null },
  { what: 'a systemd-nspawn machine', path: '/machine.slice/systemd-nspawn@build.service/payload', is: null },
  { what: 'a machine of machined', path: '/machine.slice/machine-build.scope', is: null },
  { what: 'a virtual machine', path: '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope', is: null },
  { what: 'LXC', path: '/lxc.payload.web/system.slice/nginx.service', is: null },
  { what: 'old LXC', path: '/lxc/web', is: null },
  {
    what: 'docker inside LXC',
    path: `/lxc.payload.web/system.slice/docker-${ID}.scope`,
    is: { runtime: 'docker' },
  },
  // not an id
  { what: '63 digits', path: `/docker/${ID.slice(1)}`, is: null },
  { what: '65 digits', path: `/docker/${ID}0`, is: null },
  { what: 'capital digits', path: `/docker/${ID.toUpperCase()}`, is: null },
  {
    what: 'a tree deeper than paths may be, inside a container',
    path: `/docker/${ID}${'/x'.repeat(4096)}`,
    is: { runtime: 'docker' },
  },
  {
    what: 'control characters and markup beside an id',
    path: `/\x1b[31m<script>/docker-${ID}.scope/\x00\r`,
    is: { runtime: 'docker' },
  },
];
