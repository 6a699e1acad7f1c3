/** What it takes to know containers: updates of flows whose ends are in some, and counting what all of them do. */
import { ContainerRegistry, countGroups, FlowTable, toObservation } from '@packetless/collector/flows';
import { type Container, containerOfId, type Observation, type Witness } from '@packetless/model';
import { interleaved } from './rounds.js';
import { sampleEvent } from './sample.js';
import { comparison, perSecond, type Row, type Table } from './table.js';

const ROUNDS = 5;
const FLOWS = 100_000;
const CONTAINERS = 1000;
const WITNESS: Witness = { kind: 'agent', name: 'bench', id: 'bench' };

/** Both ends in containers, three of which are a pod, ten pods a workload, ten workloads a namespace. */
function containerOf(index: number): Container {
  const number = index % CONTAINERS;
  return {
    ...containerOfId(number.toString(16).padStart(64, '0')),
    name: `c${number}`,
    runtime: 'containerd',
    image: 'registry.example/team/program:1.0',
    pod: `pod-${Math.floor(number / 3)}`,
    namespace: `namespace-${Math.floor(number / 300)}`,
    workload: `Deployment/workload-${Math.floor(number / 30)}`,
  };
}

function observations(inContainers: boolean): Observation[] {
  return Array.from({ length: FLOWS }, (_, index) => {
    const observation = { ...toObservation(sampleEvent(index), WITNESS), began: false };
    if (!inContainers) return observation;
    return {
      ...observation,
      client: { ...observation.client, container: containerOf(index) },
      server: { ...observation.server, container: containerOf(index * 7) },
    };
  });
}

export async function containerGroups(): Promise<Table> {
  const bare = observations(false);
  const contained = observations(true);
  const containers = new ContainerRegistry();
  const create = (registry: ContainerRegistry) =>
    new FlowTable({
      interfaceName: 'bench',
      capacity: FLOWS,
      isLocal: () => false,
      idleMs: 3_600_000,
      endedMs: 60_000,
      containers: registry,
    });
  const [with_, without] = [create(containers), create(new ContainerRegistry())];
  const update = (table: FlowTable, input: readonly Observation[]) => async () => {
    const start = performance.now();
    for (const observation of input) table.apply(observation);
    return performance.now() - start;
  };
  await update(with_, contained)();
  await update(without, bare)();
  const [ours, peer] = await interleaved(ROUNDS, update(with_, contained), update(without, bare));
  const flows = FLOWS.toLocaleString('en');
  const rows: Row[] = [
    {
      what: `${flows} flows of ${CONTAINERS.toLocaleString('en')} containers, updates`,
      ours: perSecond(FLOWS, ours),
      peer: `${perSecond(FLOWS, peer)} without containers`,
      ratio: `×${(ours / peer).toFixed(2)} time`,
      goal: '',
    },
  ];
  for (const kind of ['containers', 'pods', 'namespaces', 'workloads'] as const) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      for (const group of countGroups(kind, [{ table: with_, containers }])) group.info();
      times.push(performance.now() - start);
    }
    const median = times.sort((a, b) => a - b)[ROUNDS >> 1]!;
    rows.push({ what: `counting ${kind}`, ours: `${median.toFixed(0)} ms`, peer: '', ratio: '', goal: '' });
  }
  return comparison('Containers', rows);
}
