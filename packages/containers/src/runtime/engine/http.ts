/** HTTP over a unix socket, as docker and podman speak it: bounded in time by the caller, in bytes here. */
import { type IncomingMessage, request } from 'node:http';
import { MAX_ANSWER_BYTES } from '../../limits.js';
import { RuntimeError, runtimeErrorOf, silent } from '../runtime-error.js';
import { Bytes } from './bytes.js';

/** The answer's head; its body is still to come. */
export function open(socket: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(silent());
      return;
    }
    // A host's name has to be given, and no daemon looks at it.
    const sent = request({ socketPath: socket, path, agent: false, headers: { Host: 'localhost' }, signal });
    sent.on('response', resolve);
    sent.on('error', (error) => reject(signal.aborted ? silent() : runtimeErrorOf(error)));
    // After an answer this does nothing any more.
    sent.on('close', () => reject(new RuntimeError('refused', 'the connection was broken off')));
    sent.end();
  });
}

/** The JSON that is found at a path, or null where there is nothing. Other answers are errors. */
export async function getJson(socket: string, path: string, signal: AbortSignal): Promise<unknown> {
  const response = await open(socket, path, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    if (response.statusCode === 404) return null;
    throw new RuntimeError('not understood', `HTTP status ${response.statusCode} for ${path}`);
  }
  const text = await readBody(response, signal);
  try {
    return JSON.parse(text);
  } catch {
    throw new RuntimeError('not understood', `what comes for ${path} is not JSON`);
  }
}

async function readBody(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const body = new Bytes();
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      // Leaving the loop destroys the response.
      if (body.length + chunk.length > MAX_ANSWER_BYTES) {
        throw new RuntimeError('not understood', 'an answer without end');
      }
      body.append(chunk);
    }
  } catch (error) {
    throw signal.aborted ? silent() : runtimeErrorOf(error);
  }
  return body.toString();
}
