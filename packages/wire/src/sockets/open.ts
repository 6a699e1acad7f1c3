/** Opening an endpoint, with errors that a person can act on. */
import type { Socket } from 'zeromq';
import type { Endpoint } from '../endpoint.js';

/** An endpoint that could not be opened; `code` is the system's (EADDRINUSE …). */
export class SocketError extends Error {
  override readonly name = 'SocketError';
  constructor(
    message: string,
    readonly code: string,
    readonly endpoint: Endpoint,
  ) {
    super(message);
  }
}

/** Seconds, as ntopng sets them: a peer that vanished without a word is noticed in 39 s. */
const KEEPALIVE_IDLE = 30;
const KEEPALIVE_INTERVAL = 3;
const KEEPALIVE_PROBES = 3;

/** Milliseconds between attempts to connect, doubling up to the second. */
const RECONNECT_FIRST = 100;
const RECONNECT_MAX = 2000;

/** Options of all our sockets. */
export function socketOptions(endpoint: Endpoint) {
  return {
    tcpKeepalive: 1,
    tcpKeepaliveIdle: KEEPALIVE_IDLE,
    tcpKeepaliveInterval: KEEPALIVE_INTERVAL,
    tcpKeepaliveCount: KEEPALIVE_PROBES,
    reconnectInterval: RECONNECT_FIRST,
    reconnectMaxInterval: RECONNECT_MAX,
    // Only where it is asked for: some hosts have no IPv6.
    ipv6: endpoint.address.includes('['),
  };
}

/** Binds or connects; throws SocketError. Connecting succeeds at once, whether or not somebody listens there. */
export async function openEndpoint(socket: Socket, endpoint: Endpoint): Promise<void> {
  try {
    if (endpoint.mode === 'bind') await socket.bind(endpoint.address);
    else socket.connect(endpoint.address);
  } catch (error) {
    const code = errorCode(error);
    const verb = endpoint.mode === 'bind' ? 'listen on' : 'connect to';
    throw new SocketError(`cannot ${verb} ${endpoint.address}: ${explain(code, error)}`, code, endpoint);
  }
}

export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function explain(code: string, error: unknown): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the address is in use by another program; stop that one or choose another port';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied; ports below 1024 and some directories need root, choose another one or run as root';
    case 'EADDRNOTAVAIL':
    case 'ENODEV':
      return 'this host has no such address; use one of its own, or * for all of them';
    case 'ENOENT':
      return 'the directory does not exist; create it or choose another path';
    case 'EINVAL':
    case 'EPROTONOSUPPORT':
      return 'the address is not valid; write tcp://HOST:PORT or ipc:///PATH';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** The port in an address as libzmq gives it back; null for one without. */
export function portOf(address: string): number | null {
  const port = /^tcp:.*:(\d+)$/.exec(address)?.[1];
  return port === undefined ? null : Number(port);
}
