/** A view that shows all its rows: interfaces, agents, health, one flow, interfaces of hosts. */
import type { LiveClient, RowOf, SubscriptionOf, ViewError, ViewKind } from '@packetless/live';
import { useEffect, useState } from 'react';
import { useConnection } from './connection.js';

export interface View<Kind extends ViewKind> {
  /** Null until the first answer. */
  readonly rows: readonly RowOf<Kind>[] | null;
  /** Rows that match, of which `rows` is a part. */
  readonly total: number;
  readonly error: ViewError<Kind> | null;
}

const NOTHING_YET = { rows: null, total: 0, error: null };

function watch<Kind extends ViewKind>(
  client: LiveClient,
  subscription: SubscriptionOf<Kind>,
  show: (view: View<Kind>) => void,
): () => void {
  const handle = client.subscribe<Kind>(subscription, (news) => {
    if (news.type === 'rows') show({ rows: news.rows, total: news.total, error: null });
    else show({ rows: null, total: 0, error: news });
  });
  return () => handle.close();
}

/** All rows of a kind, live. */
export function useView<Kind extends 'interfaces' | 'agents' | 'health'>(kind: Kind): View<Kind> {
  const { client } = useConnection();
  const [view, setView] = useState<View<Kind>>(NOTHING_YET);
  useEffect(() => watch<Kind>(client, { kind } as SubscriptionOf<Kind>, setView), [client, kind]);
  return view;
}

/** The most network interfaces that one view shows. */
const MAX_COUNTERS = 1000;

/** Network interfaces of all hosts in their own namespaces, live. */
export function useOwnCounters(): View<'counters'> {
  const { client } = useConnection();
  const [view, setView] = useState<View<'counters'>>(NOTHING_YET);
  useEffect(() => {
    const query = { scope: 'own', limit: MAX_COUNTERS } as const;
    return watch<'counters'>(client, { kind: 'counters', query }, setView);
  }, [client]);
  return view;
}

/** Those of one host in other namespaces, of containers and the like. A component that shows them is to be keyed by the agent. */
export function useOtherCounters(agent: string): View<'counters'> {
  const { client } = useConnection();
  const [view, setView] = useState<View<'counters'>>(NOTHING_YET);
  useEffect(() => {
    const query = { agent, scope: 'others', limit: MAX_COUNTERS } as const;
    return watch<'counters'>(client, { kind: 'counters', query }, setView);
  }, [client, agent]);
  return view;
}

/** One flow, live. A component that shows it is to be keyed by the id. */
export function useFlowView(id: string): View<'flow'> {
  const { client } = useConnection();
  const [view, setView] = useState<View<'flow'>>(NOTHING_YET);
  useEffect(() => watch<'flow'>(client, { kind: 'flow', id }, setView), [client, id]);
  return view;
}
