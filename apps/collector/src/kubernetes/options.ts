/** Where the API server is and how to ask it, from the command line or from inside a pod. */
import { existsSync } from 'node:fs';
import { OptionsError } from '../options-error.js';
import type { ApiServerOptions } from './api-server.js';

/** Where the kubelet puts what a pod needs to ask the API server. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface KubernetesFlags {
  readonly kubernetes: string | undefined;
  readonly tokenFile: string | undefined;
  readonly caFile: string | undefined;
}

/** Null: not asked for. Throws OptionsError. */
export function parseKubernetes(
  { kubernetes, tokenFile, caFile }: KubernetesFlags,
  environment: NodeJS.ProcessEnv,
): ApiServerOptions | null {
  if (kubernetes === undefined) {
    if (tokenFile === undefined && caFile === undefined) return null;
    throw new OptionsError(
      '--kubernetes-token-file and --kubernetes-ca-file belong to --kubernetes; give that, too.',
    );
  }
  for (const [flag, path] of [
    ['--kubernetes-token-file', tokenFile],
    ['--kubernetes-ca-file', caFile],
  ] as const) {
    if (path !== undefined && !existsSync(path)) throw new OptionsError(`${flag}: there is no file ${path}.`);
  }
  if (kubernetes === 'auto') return inCluster(tokenFile, caFile, environment);
  return { url: checkedUrl(kubernetes, tokenFile), tokenFile: tokenFile ?? null, caFile: caFile ?? null };
}

function inCluster(
  tokenFile: string | undefined,
  caFile: string | undefined,
  environment: NodeJS.ProcessEnv,
): ApiServerOptions {
  const host = environment.KUBERNETES_SERVICE_HOST;
  const port = environment.KUBERNETES_SERVICE_PORT ?? '443';
  if (!host) {
    throw new OptionsError(
      '--kubernetes auto works in a pod only (there is no KUBERNETES_SERVICE_HOST). Elsewhere give the URL of the ' +
        'API server, for instance --kubernetes https://10.0.0.1:6443.',
    );
  }
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tokenFile: tokenFile ?? `${SERVICE_ACCOUNT}/token`,
    caFile: caFile ?? `${SERVICE_ACCOUNT}/ca.crt`,
  };
}

const LOOPBACK = /^(?:localhost|127\.[\d.]+|\[::1\])$/;

function checkedUrl(text: string, tokenFile: string | undefined): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new OptionsError(`--kubernetes "${text}": write auto, or a URL such as https://10.0.0.1:6443.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new OptionsError(`--kubernetes "${text}": an API server is asked by https:// or http://.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new OptionsError(
      `--kubernetes "${url.host}": no password in the URL; use --kubernetes-token-file.`,
    );
  }
  if (url.protocol === 'http:' && tokenFile !== undefined && !LOOPBACK.test(url.hostname)) {
    throw new OptionsError(`--kubernetes "${text}": a token is not sent without encryption; write https://.`);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}
