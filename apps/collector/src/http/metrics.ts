/** Prometheus metrics: counts are read from the ledgers when asked for, never kept twice. */
import { Router } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { HostInterface } from '../hosts/host-interfaces.js';
import type { Interface } from '../interfaces/interface.js';
import type { LiveHub } from '../live/live-hub.js';
import type { World } from '../live/view-source.js';
import {
  DEVICE_LABELS,
  deviceReadings,
  LISTENING_LABELS,
  listeningReadings,
  type Reading,
} from './host-metrics.js';

export function createMetrics(world: World, hub: LiveHub): Router {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const perInterface = (read: (each: Interface) => number) => () =>
    world.interfaces.map((each): Reading => [{ interface: each.name }, read(each)]);

  const ofKind = (kind: Interface['kind'], read: (each: Interface) => number) => () =>
    world.interfaces
      .filter((each) => each.kind === kind)
      .map((each): Reading => [{ interface: each.name }, read(each)]);

  counter(
    registry,
    'packetless_messages_total',
    'Messages received',
    ['interface'],
    ofKind('zmq', ({ input }) => input.messages),
  );
  counter(
    registry,
    'packetless_message_bytes_total',
    'Bytes of messages received',
    ['interface'],
    ofKind('zmq', ({ input }) => input.bytes),
  );
  counter(
    registry,
    'packetless_packets_total',
    'Packets read',
    ['interface'],
    ofKind('packets', ({ input }) => input.packets?.()?.received ?? 0),
  );
  counter(
    registry,
    'packetless_packet_bytes_total',
    'Bytes of IP packets that are in flows',
    ['interface'],
    ofKind('packets', ({ input }) => input.bytes),
  );
  counter(registry, 'packetless_events_total', 'Events received, by kind', ['interface', 'kind'], () =>
    world.interfaces.flatMap(({ name, input }) =>
      [...input.events].map(([kind, count]): Reading => [{ interface: name, kind }, count]),
    ),
  );
  counter(
    registry,
    'packetless_drops_total',
    'What was lost, by hop and reason',
    ['interface', 'hop', 'reason'],
    () =>
      world.interfaces.flatMap((each) =>
        each
          .accounts()
          .flatMap(({ hop, dropped }) =>
            Object.entries(dropped).map(
              ([reason, count]): Reading => [{ interface: each.name, hop, reason }, count],
            ),
          ),
      ),
  );
  counter(
    registry,
    'packetless_details_left_out_total',
    'Details of flows that were not kept because there was no room for their text',
    ['interface', 'detail'],
    () =>
      world.interfaces.flatMap(({ name, table: { store } }): Reading[] => [
        [{ interface: name, detail: 'identity' }, store.identities.shortened],
        [{ interface: name, detail: 'container' }, store.containers.shortened],
        [{ interface: name, detail: 'additional field' }, store.additional.refused],
        [{ interface: name, detail: 'reason' }, store.reasonsLeftOut],
      ]),
  );
  counter(registry, 'packetless_live_skipped_updates_total', 'Updates left out for slow clients', [], () => [
    [{}, hub.skipped],
  ]);

  gauge(
    registry,
    'packetless_flows',
    'Flows known now',
    ['interface'],
    perInterface(({ table }) => table.size),
  );
  gauge(
    registry,
    'packetless_flows_ended',
    'Of these, flows that have ended',
    ['interface'],
    perInterface(({ table }) => table.ended),
  );
  gauge(
    registry,
    'packetless_flow_capacity',
    'Most flows an interface holds',
    ['interface'],
    perInterface(({ table }) => table.capacity),
  );
  gauge(
    registry,
    'packetless_flow_table_bytes',
    'Memory of the flow table',
    ['interface'],
    perInterface(({ table }) => table.retainedBytes()),
  );
  gauge(
    registry,
    'packetless_containers',
    'Containers known now',
    ['interface'],
    perInterface(({ containers }) => containers.size),
  );
  gauge(registry, 'packetless_agents_online', 'Agents heard of recently', [], () => [
    [{}, world.agents.online(Date.now())],
  ]);
  gauge(registry, 'packetless_live_clients', 'WebSocket clients', [], () => [[{}, hub.clients]]);

  addTranslationMetrics(registry, world);
  addHostMetrics(registry, world);

  const metrics = Router();
  metrics.get('/', async (_request, response) => {
    response.setHeader('Content-Type', registry.contentType);
    response.send(await registry.metrics());
  });
  return metrics;
}

/** Totals of a device, in the words of Prometheus' node exporter. */
const DEVICE_TOTALS: readonly [
  name: string,
  help: string,
  read: (event: HostInterface['event']) => number | null,
][] = [
  ['receive_bytes', 'Bytes received', ({ bytesReceived }) => bytesReceived],
  ['receive_packets', 'Packets received', ({ packetsReceived }) => packetsReceived],
  ['receive_errors', 'Receive errors', ({ errorsReceived }) => errorsReceived],
  ['receive_drops', 'Received packets that were dropped', ({ dropsReceived }) => dropsReceived],
  ['transmit_bytes', 'Bytes sent', ({ bytesSent }) => bytesSent],
  ['transmit_packets', 'Packets sent', ({ packetsSent }) => packetsSent],
  ['transmit_errors', 'Send errors', ({ errorsSent }) => errorsSent],
  ['transmit_drops', 'Packets to send that were dropped', ({ dropsSent }) => dropsSent],
];

function addTranslationMetrics(registry: Registry, world: World): void {
  counter(
    registry,
    'packetless_translations_total',
    'Translations of addresses (NAT) that hosts told of',
    [],
    () => [[{}, world.translations.ledger.seen]],
  );
  counter(
    registry,
    'packetless_translation_drops_total',
    'Translations of addresses that were not kept for as long as they were in force, by reason',
    ['reason'],
    () =>
      Object.entries(world.translations.ledger.snapshot().dropped).map(
        ([reason, count]): Reading => [{ reason }, count],
      ),
  );
  gauge(registry, 'packetless_translations', 'Translations of addresses known now', [], () => [
    [{}, world.translations.size],
  ]);
  gauge(registry, 'packetless_translation_bytes', 'Memory of translations of addresses', [], () => [
    [{}, world.translations.retainedBytes],
  ]);
}

function addHostMetrics(registry: Registry, world: World): void {
  for (const [name, help, read] of DEVICE_TOTALS) {
    counter(
      registry,
      `packetless_host_interface_${name}_total`,
      `${help}, by the hosts' own network interfaces`,
      DEVICE_LABELS,
      () => deviceReadings(world.interfaces, read),
    );
  }
  gauge(
    registry,
    'packetless_host_interface_up',
    'Whether a network interface of a host can pass packets',
    DEVICE_LABELS,
    () => deviceReadings(world.interfaces, ({ operUp }) => Number(operUp)),
  );
  gauge(registry, 'packetless_listening_sockets', 'Listening sockets of hosts', LISTENING_LABELS, () =>
    listeningReadings(world.interfaces),
  );
}

function counter(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  read: () => readonly Reading[],
): void {
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.inc({ ...labels }, value);
    },
  });
}

function gauge(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  read: () => readonly Reading[],
): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.set({ ...labels }, value);
    },
  });
}
