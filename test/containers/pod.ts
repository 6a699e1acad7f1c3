/** A pod of a fake host, with the names and labels that a kubelet gives. */
import { randomUUID } from 'node:crypto';
import { waitFor } from '../harness/wait.js';
import type { ContainerConfig, CriClient, Executed, NamespaceMode, PodSandboxConfig } from './cri-client.js';

export interface PodContainer {
  readonly name: string;
  readonly command: readonly string[];
  /** Default: busybox. */
  readonly image?: string;
}

export interface PodOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly containers: readonly PodContainer[];
  /** In the network namespace of the host. */
  readonly hostNetwork?: boolean;
}

export class Pod {
  /** Ids of the containers by name. */
  readonly containers = new Map<string, string>();

  private constructor(
    private readonly cri: CriClient,
    private readonly defaultImage: string,
    private readonly config: PodSandboxConfig,
    /** Id of the sandbox. */
    readonly id: string,
    /** Empty on the host's network. */
    readonly address: string,
  ) {}

  static async run(cri: CriClient, defaultImage: string, options: PodOptions): Promise<Pod> {
    const config = podSandboxConfig(options);
    const id = await cri.runPodSandbox(config);
    const pod = new Pod(cri, defaultImage, config, id, await cri.podAddress(id));
    for (const container of options.containers) await pod.start(container);
    return pod;
  }

  get uid(): string {
    return this.config.metadata.uid;
  }

  /** Starts a container in the pod and gives its id. */
  async start(container: PodContainer): Promise<string> {
    const id = await this.cri.startContainer(this.id, this.#containerConfig(container), this.config);
    this.containers.set(container.name, id);
    return id;
  }

  /**
   * Runs a container to its end; fails unless it ends well. It is left lying there: a kubelet clears away once a minute
   * what has ended.
   */
  async run(container: PodContainer): Promise<void> {
    const id = await this.start(container);
    const exit = await waitFor(`the end of ${container.name}`, async () => {
      const code = await this.cri.exitCode(id);
      return code === null ? null : { code };
    });
    if (exit.code !== 0) throw new Error(`container ${container.name} ended with status ${exit.code}`);
  }

  /** Runs a command in one of the containers to its end. */
  exec(container: string, command: readonly string[]): Promise<Executed> {
    const id = this.containers.get(container);
    if (id === undefined) throw new Error(`pod ${this.config.metadata.name} has no container ${container}`);
    return this.cri.exec(id, command);
  }

  remove(): Promise<void> {
    return this.cri.removePodSandbox(this.id);
  }

  #containerConfig({ name, image, command }: PodContainer): ContainerConfig {
    const options = { ...this.config.linux.security_context.namespace_options, pid: 'CONTAINER' as const };
    return {
      metadata: { name },
      image: { image: image ?? this.defaultImage },
      command,
      labels: { ...identity(this.config), 'io.kubernetes.container.name': name },
      annotations: {},
      log_path: `${name}.log`,
      // A name server takes its port, and sets up what it listens on.
      linux: {
        security_context: {
          capabilities: { add_capabilities: ['NET_ADMIN', 'NET_RAW'] },
          namespace_options: options,
        },
      },
    };
  }
}

function podSandboxConfig(options: PodOptions): PodSandboxConfig {
  const uid = options.uid ?? randomUUID();
  const metadata = { name: options.name, namespace: options.namespace ?? 'default', uid };
  const network: NamespaceMode = options.hostNetwork === true ? 'NODE' : 'POD';
  return {
    metadata,
    hostname: options.hostNetwork === true ? '' : options.name.slice(0, 63),
    log_directory: `/run/pod-logs/${uid}`,
    labels: { ...options.labels, ...identity({ metadata }) },
    annotations: { 'kubernetes.io/config.source': 'api' },
    linux: {
      cgroup_parent: `/kubepods/besteffort/pod${uid}`,
      security_context: { namespace_options: { network, pid: 'CONTAINER', ipc: 'POD' } },
    },
  };
}

/** As a kubelet labels pods and containers (kubernetes, pkg/kubelet/types/labels.go). */
function identity({ metadata }: Pick<PodSandboxConfig, 'metadata'>): { readonly [label: string]: string } {
  return {
    'io.kubernetes.pod.name': metadata.name,
    'io.kubernetes.pod.namespace': metadata.namespace,
    'io.kubernetes.pod.uid': metadata.uid,
  };
}
