/** Speaks the container runtime interface, as a kubelet does. */
import { join } from 'node:path';
import {
  Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Cleanup } from '../harness/cleanup.js';
import { HERE } from '../harness/root.js';

const ANSWER_MS = 30_000;

type Labels = { readonly [key: string]: string };
/** Where a namespace comes from. */
export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE';
interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
}

/** What a pod is made of: messages of cri.proto. */
export interface PodSandboxConfig {
  readonly metadata: { readonly name: string; readonly uid: string; readonly namespace: string };
  readonly hostname: string;
  readonly log_directory: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly linux: {
    readonly cgroup_parent: string;
    readonly security_context: { readonly namespace_options: NamespaceOptions };
  };
}

export interface ContainerConfig {
  readonly metadata: { readonly name: string };
  readonly image: { readonly image: string };
  readonly command: readonly string[];
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly log_path: string;
  readonly linux: {
    readonly security_context: {
      readonly capabilities: { readonly add_capabilities: readonly string[] };
      readonly namespace_options: NamespaceOptions;
    };
  };
}

export interface Executed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class CriClient {
  readonly #client: Client;
  readonly #service: ServiceClientConstructor['service'];

  constructor(socket: string, cleanup: Cleanup) {
    const definition = loadSync(join(HERE, 'containers/cri.proto'), {
      keepCase: true,
      defaults: true,
      enums: String,
    });
    const runtime = loadPackageDefinition(definition).runtime as GrpcObject;
    const service = (runtime.v1 as GrpcObject).RuntimeService as ServiceClientConstructor;
    this.#service = service.service;
    this.#client = new Client(`unix://${socket}`, credentials.createInsecure(), {
      // After a restart of the runtime it is asked again at once.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
    });
    cleanup.add(() => this.#client.close());
  }

  async version(): Promise<string> {
    return (await this.#call<{ runtime_name: string }>('Version', {})).runtime_name;
  }

  /** Gives the id of the sandbox. */
  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    return (await this.#call<{ pod_sandbox_id: string }>('RunPodSandbox', { config })).pod_sandbox_id;
  }

  async podAddress(sandbox: string): Promise<string> {
    const answer = await this.#call<{ status: { network: { ip: string } } }>('PodSandboxStatus', {
      pod_sandbox_id: sandbox,
    });
    return answer.status.network.ip;
  }

  /** Ends the pod with all its containers. */
  async removePodSandbox(sandbox: string): Promise<void> {
    await this.#call('StopPodSandbox', { pod_sandbox_id: sandbox });
    await this.#call('RemovePodSandbox', { pod_sandbox_id: sandbox });
  }

  /** Makes and starts a container and gives its id. */
  async startContainer(sandbox: string, config: ContainerConfig, pod: PodSandboxConfig): Promise<string> {
    const request = { pod_sandbox_id: sandbox, config, sandbox_config: pod };
    const made = await this.#call<{ container_id: string }>('CreateContainer', request);
    await this.#call('StartContainer', made);
    return made.container_id;
  }

  /** Null while it runs. */
  async exitCode(container: string): Promise<number | null> {
    const { status } = await this.#call<{ status: { state: string; exit_code: number } }>('ContainerStatus', {
      container_id: container,
    });
    return status.state === 'CONTAINER_EXITED' ? status.exit_code : null;
  }

  /** Runs a command within a container to its end. */
  async exec(container: string, cmd: readonly string[]): Promise<Executed> {
    const request = { container_id: container, cmd, timeout: ANSWER_MS / 1000 };
    const answer = await this.#call<{ exit_code: number; stdout: Buffer; stderr: Buffer }>(
      'ExecSync',
      request,
    );
    return {
      exitCode: answer.exit_code,
      stdout: answer.stdout.toString(),
      stderr: answer.stderr.toString(),
    };
  }

  /** Of the answer only those fields are typed that the caller reads. */
  #call<Answer extends object>(name: string, request: object): Promise<Answer> {
    const method = this.#service[name];
    if (method === undefined) throw new Error(`cri.proto has no method ${name}`);
    const deadline = Date.now() + ANSWER_MS;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        { deadline },
        (error, answer) => {
          if (error === null) resolve(answer as Answer);
          else reject(new Error(`${name}: ${error.details}`, { cause: error }));
        },
      );
    });
  }
}
