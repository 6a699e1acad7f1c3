/** Asks a Kubernetes API server over HTTP(S): one GET at a time, as the service account whose token is in a file. */
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface ApiServerOptions {
  /** `https://10.96.0.1:443`, or the `http://127.0.0.1:8001` of `kubectl proxy`; without a slash at its end. */
  readonly url: string;
  /** The token is read again for each request: the kubelet renews it. Null: none is sent. */
  readonly tokenFile: string | null;
  /** PEM; null: what the system trusts. */
  readonly caFile: string | null;
}

/** An answer other than 200. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Of an answer that says why something is refused. */
const MAX_REASON_BYTES = 16_384;
const MAX_REASON = 200;

export class ApiServer {
  /** @param answerMs how long to wait for an answer to begin */
  constructor(
    private readonly options: ApiServerOptions,
    private readonly answerMs: number,
  ) {}

  /**
   * An answer of status 200, whose body is still to come; it ends with an error when nothing comes for `idleMs`.
   * Rejects with `Refused` for any other status, with an `Error` that says what happened else.
   */
  async get(path: string, accept: string, idleMs: number, signal: AbortSignal): Promise<IncomingMessage> {
    const answer = await this.#send(path, accept, idleMs, signal);
    if (answer.statusCode === 200) return answer;
    throw new Refused(answer.statusCode ?? 0, await readReason(answer));
  }

  #send(path: string, accept: string, idleMs: number, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, tokenFile, caFile } = this.options;
    return new Promise((resolve, reject) => {
      const target = new URL(url + path);
      const token = tokenFile === null ? null : readFileSync(tokenFile, 'utf8').trim();
      const secure = target.protocol === 'https:';
      const request = (secure ? httpsRequest : httpRequest)(target, {
        signal,
        headers: {
          accept,
          'user-agent': 'packetless-collector',
          ...(token !== null && { authorization: `Bearer ${token}` }),
        },
        ...(secure && caFile !== null && { ca: readFileSync(caFile) }),
      });
      const timer = setTimeout(() => request.destroy(new Error('it does not answer')), this.answerMs);
      request.on('response', (answer) => {
        clearTimeout(timer);
        request.setTimeout(idleMs, () =>
          answer.destroy(new Error('it fell silent in the middle of an answer')),
        );
        resolve(answer);
      });
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      request.on('close', () => clearTimeout(timer));
      request.end();
    });
  }
}

/** What a `Status` object says; nothing for other bodies. */
async function readReason(answer: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of answer) {
      text += String(chunk);
      if (text.length > MAX_REASON_BYTES) break;
    }
    const status: unknown = JSON.parse(text);
    if (typeof status === 'object' && status !== null && 'message' in status) {
      return String(status.message).slice(0, MAX_REASON);
    }
  } catch {
    // The status code says enough.
  }
  return answer.statusMessage ?? '';
}
