/** Debian's containerd on a fake host, with pods through the CRI and containers of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CriClient } from './cri-client.js';
import { Daemon } from './daemon.js';
import type { FakeHost } from './fake-host.js';
import { Pod, type PodOptions } from './pod.js';

/** Where Debian's containernetworking-plugins lie. */
const CNI_PLUGINS = '/usr/lib/cni';

export class Containerd {
  readonly kind = 'cri';
  readonly socket: string;
  readonly daemon: Daemon;
  readonly cri: CriClient;

  private constructor(private readonly host: FakeHost) {
    this.socket = join(host.folder, 'containerd.sock');
    const config = join(host.folder, 'containerd.toml');
    const networks = join(host.folder, 'cni');
    writeFileSync(config, containerdConfig(host, this.socket, networks));
    mkdirSync(networks);
    writeFileSync(join(networks, '10-pods.conflist'), JSON.stringify(podNetwork(host.folder)));
    this.cri = new CriClient(this.socket, host.cleanup);
    this.daemon = new Daemon(
      'containerd',
      () => host.program(['containerd', '--config', config]),
      () => this.cri.version(),
    );
  }

  static async on(host: FakeHost): Promise<Containerd> {
    const containerd = new Containerd(host);
    await containerd.daemon.start();
    for (const image of Object.values(host.images)) {
      await containerd.command('--namespace', 'k8s.io', 'images', 'import', image.archive);
    }
    return containerd;
  }

  /** Runs a pod with its containers, as a kubelet would ask for it. */
  runPod(options: PodOptions): Promise<Pod> {
    return Pod.run(this.cri, this.host.images.busybox.reference, options);
  }

  /** What containerd's own client prints; its containers are none of the CRI. */
  command(...args: readonly string[]): Promise<string> {
    return this.host.run(['ctr', '--address', this.socket, ...args]);
  }
}

function containerdConfig(host: FakeHost, socket: string, networks: string): string {
  return `
version = 2
root = "${host.folder}/data/containerd"
state = "/run/containerd"
[grpc]
  address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${host.folder}/data/containerd-opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${host.images.pause.reference}"
  # Where the machine does not let oom scores be lowered, pods would not start.
  restrict_oom_score_adj = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI_PLUGINS}"
    conf_dir = "${networks}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

/** A bridge of the fake host, with an address for each pod (CNI specification 0.4.0). */
function podNetwork(folder: string): object {
  const addresses = {
    type: 'host-local',
    ranges: [[{ subnet: '10.88.8.0/24' }]],
    dataDir: `${folder}/data/cni`,
  };
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [{ type: 'bridge', bridge: 'cni0', isGateway: true, ipam: addresses }],
  };
}
