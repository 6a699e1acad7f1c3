/**
 * Stands for a Kubernetes API server, faithful where a client can tell the difference (Kubernetes API concepts): lists in
 * pages, watches from a version on, bookmarks, what is too old, who may ask, metadata alone. A real HTTP(S) server.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface ApiObject {
  metadata: { uid: string; name: string; resourceVersion?: string; [key: string]: unknown };
  [key: string]: unknown;
}

interface Change {
  readonly version: number;
  readonly path: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
}

interface Watcher {
  readonly path: string;
  readonly response: ServerResponse;
  readonly metadataOnly: boolean;
}

export const PODS = '/api/v1/pods';
export const SERVICES = '/api/v1/services';
export const REPLICA_SETS = '/apis/apps/v1/replicasets';
export const JOBS = '/apis/batch/v1/jobs';

export class KubernetesDouble {
  /** What was asked, in order. */
  readonly requests: string[] = [];
  /** What was answered, and how. */
  readonly accepted: { readonly path: string; readonly metadataOnly: boolean }[] = [];
  /** The only token that is accepted; null: anybody may ask. */
  token: string | null = null;
  /** What nobody may list or watch. */
  readonly forbidden = new Set<string>();
  /** Requests are taken and never answered. */
  silent = false;
  /** Lists are begun and never ended. */
  dripping = false;
  /** A watch from too old a version is refused by status 410 (true), or by an event (false). */
  goneByStatus = true;
  #version = 100;
  /** Versions up to this one are not remembered. */
  #compacted = 0;
  readonly #objects = new Map<string, Map<string, ApiObject>>();
  #changes: Change[] = [];
  readonly #watchers = new Set<Watcher>();
  readonly #server: Server;

  private constructor(
    private readonly secure: boolean,
    certificate: { key: Buffer; cert: Buffer } | null,
    private readonly directory: string | null,
  ) {
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    this.#server = certificate === null ? createServer(answer) : createSecureServer(certificate, answer);
  }

  static async start(): Promise<KubernetesDouble> {
    const double = new KubernetesDouble(false, null, null);
    await double.listen();
    return double;
  }

  /** With a certificate of its own, for 127.0.0.1, made by openssl. */
  static async startSecure(): Promise<KubernetesDouble> {
    const directory = mkdtempSync(join(tmpdir(), 'packetless-kubernetes-'));
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'ca.pem')];
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ],
        ...[
          '-keyout',
          key,
          '-out',
          cert,
          '-subj',
          '/CN=kubernetes',
          '-addext',
          'subjectAltName=IP:127.0.0.1',
        ],
      ],
      { stdio: 'ignore' },
    );
    const certificate = { key: readFileSync(key), cert: readFileSync(cert) };
    const double = new KubernetesDouble(true, certificate, directory);
    await double.listen();
    return double;
  }

  get caFile(): string {
    return join(this.directory ?? '', 'ca.pem');
  }

  #port = 0;

  get url(): string {
    return `${this.secure ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  /** Again on the same port, after `stop`. */
  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async close(): Promise<void> {
    await this.stop();
    if (this.directory !== null) rmSync(this.directory, { recursive: true });
  }

  asked(pattern: RegExp): number {
    return this.requests.filter((request) => pattern.test(request)).length;
  }

  /** Adds or changes an object. */
  put(path: string, object: ApiObject): void {
    const known = this.#of(path);
    const type = known.has(object.metadata.uid) ? 'MODIFIED' : 'ADDED';
    const version = ++this.#version;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    known.set(object.metadata.uid, stored);
    this.#note({ version, path, type, object: stored });
  }

  delete(path: string, uid: string): void {
    const object = this.#of(path).get(uid)!;
    this.#of(path).delete(uid);
    const version = ++this.#version;
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    this.#note({ version, path, type: 'DELETED', object: last });
  }

  /** Forgets what happened, so that nobody can go on from before. */
  compact(): void {
    this.#version++;
    this.#compacted = this.#version;
    this.#changes = [];
  }

  /** Tells watchers of a path how far they are. */
  bookmark(path: string): void {
    this.#version++;
    const metadata = { resourceVersion: String(this.#version), creationTimestamp: null };
    this.write(path, `${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Pod', metadata } })}\n`);
  }

  /** Writes whatever to the watchers of a path. */
  write(path: string, text: string): void {
    for (const watcher of this.#watchers) if (watcher.path === path) watcher.response.write(text);
  }

  /** Ends watches as a server does that has had enough, or by breaking the connection. */
  endWatches(how: 'in order' | 'broken'): void {
    const ended = [...this.#watchers];
    this.#watchers.clear();
    for (const { response } of ended) {
      if (how === 'in order') response.end();
      else response.socket?.destroy();
    }
  }

  watching(path: string): number {
    return [...this.#watchers].filter((watcher) => watcher.path === path).length;
  }

  #of(path: string): Map<string, ApiObject> {
    let objects = this.#objects.get(path);
    if (objects === undefined) {
      objects = new Map();
      this.#objects.set(path, objects);
    }
    return objects;
  }

  #note(change: Change): void {
    this.#changes.push(change);
    for (const watcher of this.#watchers) if (watcher.path === change.path) send(watcher, change);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://server');
    this.requests.push(`${url.pathname}${url.search}`);
    if (this.silent) return;
    if (this.token !== null && request.headers.authorization !== `Bearer ${this.token}`) {
      refuse(response, 401, 'Unauthorized');
      return;
    }
    if (this.forbidden.has(url.pathname)) {
      refuse(response, 403, 'is forbidden: User "system:serviceaccount:x" cannot list resource');
      return;
    }
    if (![PODS, SERVICES, REPLICA_SETS, JOBS].includes(url.pathname)) {
      refuse(response, 404, 'the server could not find the requested resource');
      return;
    }
    const metadataOnly = request.headers.accept?.includes('as=PartialObjectMetadata') === true;
    this.accepted.push({ path: url.pathname, metadataOnly });
    if (url.searchParams.get('watch') === 'true') this.#watch(url, response, metadataOnly);
    else this.#list(url, response, metadataOnly);
  }

  #list(url: URL, response: ServerResponse, metadataOnly: boolean): void {
    const limit = Number(url.searchParams.get('limit') ?? 0) || Number.POSITIVE_INFINITY;
    const token = url.searchParams.get('continue');
    const [version, begin] =
      token === null ? [this.#version, 0] : (JSON.parse(atob(token)) as [number, number]);
    if (version < this.#compacted) {
      refuse(response, 410, 'The provided continue parameter is too old');
      return;
    }
    const all = [...this.#of(url.pathname).values()];
    const items = all.slice(begin, begin + limit).map((object) => shown(object, metadataOnly));
    const more = begin + items.length < all.length;
    const metadata = {
      resourceVersion: String(version),
      ...(more && { continue: btoa(JSON.stringify([version, begin + items.length])) }),
    };
    response.setHeader('Content-Type', 'application/json');
    const text = JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata, items });
    if (!this.dripping) {
      response.end(text);
      return;
    }
    let sent = 0;
    const drip = setInterval(() => response.write(text.charAt(sent++ % (text.length - 1))), 20);
    response.on('close', () => clearInterval(drip));
  }

  #watch(url: URL, response: ServerResponse, metadataOnly: boolean): void {
    const from = Number(url.searchParams.get('resourceVersion'));
    const seconds = Number(url.searchParams.get('timeoutSeconds'));
    const gone = {
      kind: 'Status',
      status: 'Failure',
      reason: 'Expired',
      code: 410,
      message: 'too old resource version',
    };
    if (from < this.#compacted && this.goneByStatus) {
      refuse(response, 410, gone.message);
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    if (from < this.#compacted) {
      response.end(`${JSON.stringify({ type: 'ERROR', object: gone })}\n`);
      return;
    }
    const watcher = { path: url.pathname, response, metadataOnly };
    this.#watchers.add(watcher);
    const timer = setTimeout(() => response.end(), seconds * 1000);
    response.on('close', () => {
      clearTimeout(timer);
      this.#watchers.delete(watcher);
    });
    for (const change of this.#changes) {
      if (change.path === url.pathname && change.version > from) send(watcher, change);
    }
  }
}

/** In two parts, the way networks cut. */
function send({ response, metadataOnly }: Watcher, { type, object }: Change): void {
  const text = `${JSON.stringify({ type, object: shown(object, metadataOnly) })}\n`;
  const middle = text.length >> 1;
  response.write(text.slice(0, middle));
  response.write(text.slice(middle));
}

function shown(object: ApiObject, metadataOnly: boolean): object {
  return metadataOnly
    ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
    : object;
}

function refuse(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }));
}

interface PodGiven {
  readonly uid?: string;
  readonly labels?: { readonly [label: string]: string };
  readonly ip?: string;
  readonly hostNetwork?: boolean;
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly namespace?: string;
  /** Id and name of its only container. */
  readonly container?: readonly [id: string, name: string];
}

export function pod(name: string, given: PodGiven = {}): ApiObject {
  const {
    uid = `uid-${name}`,
    labels = {},
    ip,
    hostNetwork = false,
    owner,
    namespace = 'default',
    container,
  } = given;
  return {
    kind: 'Pod',
    metadata: { uid, name, namespace, labels, managedFields: [{ manager: 'x' }], ...owned(owner) },
    spec: { hostNetwork, containers: [{ name: 'c' }] },
    status: {
      phase: 'Running',
      ...(ip && { podIP: ip, podIPs: [{ ip }] }),
      ...(container && started(container)),
    },
  };
}

export function service(
  name: string,
  spec: { readonly clusterIP?: string; readonly selector?: { readonly [label: string]: string } },
  namespace = 'default',
): ApiObject {
  const { clusterIP = 'None' } = spec;
  return {
    kind: 'Service',
    metadata: { uid: `uid-${namespace}-${name}`, name, namespace },
    spec: { ...spec, clusterIP, clusterIPs: [clusterIP] },
    status: { loadBalancer: {} },
  };
}

function started([id, name]: readonly [string, string]): object {
  const containerID = `containerd://${id}`;
  return { containerStatuses: [{ name, image: 'nginx:1', containerID }, { name: 'waits' }] };
}

/** A replica set or a job. */
export function owner(
  kind: string,
  name: string,
  above?: { kind: string; name: string; uid: string },
): ApiObject {
  return {
    kind,
    metadata: { uid: `uid-${name}`, name, namespace: 'default', ...owned(above) },
    spec: { large: 'x' },
  };
}

function owned(by: PodGiven['owner']): object {
  return by === undefined ? {} : { ownerReferences: [{ apiVersion: 'x', controller: true, ...by }] };
}
