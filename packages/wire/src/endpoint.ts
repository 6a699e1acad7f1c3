/** Endpoints as people write them on the command line: `tcp://*:1234c`, several joined by commas (docs/wire.md §1). */

export interface Endpoint {
  /** As given. */
  readonly text: string;
  /** As libzmq takes it: without the trailing `c`, `zmq://` written as `tcp://`. */
  readonly address: string;
  readonly mode: 'bind' | 'connect';
}

/** An endpoint that cannot be used; the message says what is wrong and what is accepted. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}

/** ntopng's limit for one interface. */
export const MAX_ENDPOINTS = 32;
/** `sun_path` of Linux holds 108 bytes with the final NUL. */
const MAX_IPC_PATH = 107;

const EXAMPLES = 'write tcp://HOST:PORT, tcp://HOST:PORTc or ipc:///PATH, for example tcp://127.0.0.1:1234c';
const SCHEMES: { readonly [scheme: string]: 'tcp' | 'ipc' } = { tcp: 'tcp', zmq: 'tcp', ipc: 'ipc' };

/**
 * Reads a comma list of endpoints. With a trailing `c` ("collector mode") the collector binds and the agent
 * connects; without it, the other way round. Decided endpoint by endpoint.
 *
 *     parseEndpoints('tcp://*:1234c', 'collector'); // [{ text: 'tcp://*:1234c', address: 'tcp://*:1234', mode: 'bind' }]
 *
 * A leading `=` is dropped, because people write `-z=tcp://…`. Throws EndpointError.
 */
export function parseEndpoints(text: string, program: 'agent' | 'collector'): Endpoint[] {
  const list = text.startsWith('=') ? text.slice(1) : text;
  const items = list.split(',').map((item) => item.trim());
  if (items.length > MAX_ENDPOINTS) {
    throw new EndpointError(`${items.length} endpoints in one list: at most ${MAX_ENDPOINTS} are accepted`);
  }
  const endpoints = items.map((item) => parseEndpoint(item, program));
  for (const [index, endpoint] of endpoints.entries()) {
    if (endpoints.findIndex((other) => other.address === endpoint.address) !== index) {
      throw new EndpointError(`endpoint "${endpoint.text}" is given twice: name each address once`);
    }
  }
  return endpoints;
}

function parseEndpoint(text: string, program: 'agent' | 'collector'): Endpoint {
  if (text === '') throw new EndpointError(`an endpoint is empty: ${EXAMPLES}`);
  const separator = text.indexOf('://');
  if (separator < 0) throw new EndpointError(`endpoint "${text}" has no scheme: ${EXAMPLES}`);
  const written = text.slice(0, separator);
  const scheme = Object.hasOwn(SCHEMES, written) ? SCHEMES[written] : undefined;
  if (scheme === undefined) {
    throw new EndpointError(
      `endpoint "${text}" has the unknown scheme "${written}": tcp, zmq and ipc are accepted`,
    );
  }
  const collectorMode = text.endsWith('c');
  const rest = text.slice(separator + 3, collectorMode ? -1 : undefined);
  const mode = collectorMode === (program === 'collector') ? 'bind' : 'connect';
  const address = scheme === 'tcp' ? tcpAddress(rest, mode, text) : ipcAddress(rest, text);
  return { text, address, mode };
}

function tcpAddress(hostAndPort: string, mode: Endpoint['mode'], text: string): string {
  const colon = hostAndPort.lastIndexOf(':');
  if (colon < 0) throw new EndpointError(`endpoint "${text}" has no port: ${EXAMPLES}`);
  const host = hostAndPort.slice(0, colon);
  const port = hostAndPort.slice(colon + 1);
  if (host === '') {
    throw new EndpointError(
      `endpoint "${text}" has no host: write an address or a name${mode === 'bind' ? ', or * for all addresses' : ''}`,
    );
  }
  if (host === '*' && mode === 'connect') {
    throw new EndpointError(
      `endpoint "${text}" would connect to "*": name the peer's address; only the side that binds may write *`,
    );
  }
  if (host !== '*' && !/^(\[[0-9A-Fa-f:.]+(%[\w.-]+)?\]|[\w.-]+)$/.test(host)) {
    throw new EndpointError(
      `endpoint "${text}" has the invalid host "${host}": write a name, an IPv4 address, or an IPv6 address in [ ]`,
    );
  }
  if (mode === 'bind' && (port === '*' || port === '0')) return `tcp://${host}:*`;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    throw new EndpointError(
      `endpoint "${text}" has the invalid port "${port}": ports are 1 to 65535${mode === 'bind' ? ', or * to let the system choose' : ''}`,
    );
  }
  return `tcp://${host}:${Number(port)}`;
}

function ipcAddress(path: string, text: string): string {
  if (path === '' || path === '/') throw new EndpointError(`endpoint "${text}" has no path: ${EXAMPLES}`);
  if (path.includes('\0')) throw new EndpointError('an ipc endpoint has a NUL character in its path');
  if (Buffer.byteLength(path) > MAX_IPC_PATH) {
    throw new EndpointError(
      `endpoint "${text}" is too long: the path of a Unix socket holds ${MAX_IPC_PATH} bytes`,
    );
  }
  return `ipc://${path}`;
}
