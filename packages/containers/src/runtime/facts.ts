/** What a runtime says of one container. */
import type { Container } from '@packetless/model';
import { MAX_IMAGE } from '../limits.js';
import { labelsOf, memberOf, textOf } from './text.js';

/** What it does not say is null; the path of the cgroup may know more. */
export type ContainerFacts = Omit<Container, 'id' | 'workload'>;

/** As a runtime's answer has it: any value may be anything. */
export interface Said {
  readonly name?: unknown;
  readonly image?: unknown;
  readonly pod?: unknown;
  readonly podUid?: unknown;
  readonly namespace?: unknown;
  readonly isSandbox?: boolean;
  readonly labels?: unknown;
}

/**
 * kubelet gives each container and pod these labels, whatever runtime it works with; what the runtime itself calls them
 * (`k8s_dnsmasq_kube-dns-…`) is for machines.
 */
export function factsOf(runtime: string, said: Said): ContainerFacts {
  const label = (name: string) => textOf(memberOf(said.labels, `io.kubernetes.${name}`));
  const pod = label('pod.name');
  const isSandbox = said.isSandbox === true || label('docker.type') === 'podsandbox';
  const isPodSandbox = isSandbox && pod !== null;
  return {
    // The sandbox of a Kubernetes pod has no name of its own.
    name: isPodSandbox ? null : ((pod === null ? null : label('container.name')) ?? textOf(said.name)),
    runtime,
    image: textOf(said.image, MAX_IMAGE),
    pod: pod ?? textOf(said.pod),
    podUid: label('pod.uid') ?? textOf(said.podUid),
    namespace: label('pod.namespace') ?? textOf(said.namespace),
    isSandbox,
    labels: labelsOf(said.labels),
  };
}
