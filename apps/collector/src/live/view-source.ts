/** What views show: for each kind of subscription, where its rows come from and when they may have changed. */
import { HEALTH_ROW_ID, type Subscription } from '@packetless/live';
import type { Agents } from '../agents/agents.js';
import type { GroupCounts } from '../containers/group-counts.js';
import { compileContainersQuery, runContainersQuery } from '../containers/group-query.js';
import type { FlowRow } from '../flows/flow-table.js';
import { compileQuery, runQuery } from '../flows/query.js';
import type { HealthWatch } from '../health.js';
import { hostInterfaces } from '../hosts/counters-query.js';
import { compileListeningQuery, listenerInfo, runListeningQuery } from '../hosts/listening-query.js';
import type { Interface } from '../interfaces/interface.js';
import type { InterfaceSettings } from '../interfaces/interface-settings.js';
import { selectInterfaces } from '../interfaces/select.js';
import type { Translations } from '../translations/translations.js';
import type { Row, RowJsonCache } from './row-json.js';

/** Rows in order; `total` match, of which the window shows some. Valid until the next change of the tables. */
export interface Window {
  readonly total: number;
  readonly rows: readonly Row[];
}

export interface ViewSource {
  /** Another text whenever the window may have changed. */
  version(now: number): string;
  read(now: number): Window;
}

/** Everything that can be looked at. */
export interface World {
  readonly interfaces: readonly Interface[];
  readonly settings: InterfaceSettings;
  readonly agents: Agents;
  readonly containers: GroupCounts;
  readonly health: HealthWatch;
  readonly rowJson: RowJsonCache;
  readonly translations: Translations;
  /** Whether the 16-byte address at `offset` lies in a local network. */
  isLocal(bytes: Uint8Array, offset: number): boolean;
}

/** What is counted all the time is shown once a second. */
const COUNTERS_MS = 1000;

/** Throws FilterError for a filter, UnknownInterface for an interface that cannot be used. */
export function openView(subscription: Subscription, world: World): ViewSource {
  switch (subscription.kind) {
    case 'flows': {
      const interfaces = selectInterfaces(world.interfaces, subscription.query.interface);
      const tables = interfaces.map(({ table }) => table);
      const query = compileQuery(subscription.query);
      return {
        version: () => tableVersion(interfaces),
        read: () => {
          const { total, rows } = runQuery(tables, query);
          return { total, rows: rows.map((row) => flowRow(row, world.rowJson)) };
        },
      };
    }
    case 'flow':
      return {
        version: () => tableVersion(world.interfaces),
        read: () => {
          const row = findFlow(world.interfaces, subscription.id);
          return row === null ? { total: 0, rows: [] } : { total: 1, rows: [flowRow(row, world.rowJson)] };
        },
      };
    case 'interfaces':
      return counters((rows) =>
        rows.read(world.interfaces.map((each) => ({ id: each.name, value: each.info() }))),
      );
    case 'agents':
      return counters((rows, now) =>
        rows.read([...world.agents.all()].map((agent) => ({ id: agent.id, value: agent.info(now) }))),
      );
    case 'listening': {
      const interfaces = selectInterfaces(world.interfaces, subscription.query.interface);
      const query = compileListeningQuery(subscription.query, world.isLocal);
      return counters((rows, now) => {
        const { total, listeners } = runListeningQuery(interfaces, query, now);
        return rows.read(
          listeners.map((found) => ({ id: found.listener.id, value: listenerInfo(found) })),
          total,
        );
      });
    }
    case 'counters':
      return counters((rows) => {
        const found = hostInterfaces(world.interfaces, subscription.query);
        return rows.read(
          found.counters.map((value) => ({ id: value.id, value })),
          found.total,
        );
      });
    case 'containers':
    case 'pods':
    case 'namespaces':
    case 'workloads': {
      const interfaces = selectInterfaces(world.interfaces, subscription.query.interface);
      const query = compileContainersQuery(subscription.kind, subscription.query);
      return counters((rows, now) => {
        const { total, groups } = runContainersQuery(world.containers, interfaces, query, now);
        const infos = groups.map((group) => group.info());
        return rows.read(
          infos.map((value) => ({ id: value.id, value })),
          total,
        );
      });
    }
    case 'health':
      return counters((rows, now) => rows.read([{ id: HEALTH_ROW_ID, value: world.health.check(now) }]));
  }
}

export function findFlow(interfaces: readonly Interface[], id: string): FlowRow | null {
  for (const { table } of interfaces) {
    const row = table.get(id);
    if (row !== null) return row;
  }
  return null;
}

export function flowRow(row: FlowRow, cache: RowJsonCache): Row {
  const { id, revision } = row;
  return { id, revision, json: () => cache.get(id, revision, () => JSON.stringify(row.toFlow())) };
}

function tableVersion(interfaces: readonly Interface[]): string {
  let version = '';
  for (const { table } of interfaces) version += `${table.revision} `;
  return version;
}

function counters(read: (rows: ComparedRows, now: number) => Window): ViewSource {
  const rows = new ComparedRows();
  return {
    version: (now) => String(Math.floor(now / COUNTERS_MS)),
    read: (now) => read(rows, now),
  };
}

/** Gives rows that know no revision one: it grows when their text has changed. */
class ComparedRows {
  #known = new Map<string, { readonly revision: number; readonly text: string }>();

  read(items: readonly { readonly id: string; readonly value: unknown }[], total = items.length): Window {
    const known = new Map<string, { readonly revision: number; readonly text: string }>();
    for (const { id, value } of items) {
      const text = JSON.stringify(value);
      const before = this.#known.get(id);
      known.set(id, before?.text === text ? before : { revision: (before?.revision ?? 0) + 1, text });
    }
    this.#known = known;
    const rows = [...known].map(([id, { revision, text }]) => ({ id, revision, json: () => text }));
    return { total, rows };
  }
}
