/** A view that shows all its rows: interfaces, agents, health, one flow, interfaces of hosts. */
import type { LiveClient, RowOf, SubscriptionOf, ViewError, ViewKind } from '@packetless/live';
import { useEffect, useState } from 'react';
import { useConnection } from './connection.js';

export interface View<Kind extends ViewKind> {
  /** Null until the first answer. */
  readonly rows: readonly RowOf<Kind>[] | null;
  readonly error: ViewError<Kind> | null;
}

function watch<Kind extends ViewKind>(
  client: LiveClient,
  subscription: SubscriptionOf<Kind>,
  show: (view: View<Kind>) => void,
): () => void {
  const handle = client.subscribe<Kind>(subscription, (news) => {
    if (news.type === 'rows') show({ rows: news.rows, error: null });
    else show({ rows: null, error: news });
  });
  return () => handle.close();
}

/** All rows of a kind, live. */
export function useView<Kind extends 'interfaces' | 'agents' | 'health'>(kind: Kind): View<Kind> {
  const { client } = useConnection();
  const [view, setView] = useState<View<Kind>>({ rows: null, error: null });
  useEffect(() => watch<Kind>(client, { kind } as SubscriptionOf<Kind>, setView), [client, kind]);
  return view;
}

/** Network interfaces of all hosts, live. */
export function useCounters(): View<'counters'> {
  const { client } = useConnection();
  const [view, setView] = useState<View<'counters'>>({ rows: null, error: null });
  useEffect(() => watch<'counters'>(client, { kind: 'counters', query: {} }, setView), [client]);
  return view;
}

/** One flow, live. A component that shows it is to be keyed by the id. */
export function useFlowView(id: string): View<'flow'> {
  const { client } = useConnection();
  const [view, setView] = useState<View<'flow'>>({ rows: null, error: null });
  useEffect(() => watch<'flow'>(client, { kind: 'flow', id }, setView), [client, id]);
  return view;
}
