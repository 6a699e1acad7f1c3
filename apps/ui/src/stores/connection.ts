/** The page's one connection to the collector it was loaded from. */
import { type Api, type ConnectionStatus, createApi, LiveClient } from '@packetless/live';
import { createContext, useContext } from 'react';
import { Store } from './store.js';

export interface Connection {
  readonly client: LiveClient;
  readonly api: Api;
  readonly status: Store<ConnectionStatus>;
}

export function openConnection(page: Location): Connection {
  const scheme = page.protocol === 'https:' ? 'wss:' : 'ws:';
  const url = `${scheme}//${page.host}/api/v1/live`;
  const status = new Store<ConnectionStatus>({
    state: 'connecting',
    version: null,
    clockOffsetMs: 0,
    unreadable: 0,
  });
  const client = new LiveClient({ url, onStatus: (next) => status.set(next) });
  return { client, api: createApi(page.origin), status };
}

const ConnectionContext = createContext<Connection | null>(null);
export const ConnectionProvider = ConnectionContext.Provider;

export function useConnection(): Connection {
  const connection = useContext(ConnectionContext);
  if (connection === null) throw new Error('No ConnectionProvider above this component');
  return connection;
}
