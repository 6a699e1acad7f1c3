/** The stream of events that docker and podman have in common. */
import { RuntimeError } from '../runtime-error.js';
import { memberOf } from '../text.js';
import { open } from './http.js';
import { readJsonLines } from './json-lines.js';

/** Whatever may change what a container is called. */
const FILTERS = encodeURIComponent(
  JSON.stringify({ type: ['container'], event: ['create', 'start', 'rename'] }),
);
const ID = /^[0-9a-f]{64}$/;

/** Tells the ids of containers that were made, started or renamed, until the stream ends. */
export async function watchEvents(
  socket: string,
  heard: (id: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await open(socket, `/events?filters=${FILTERS}`, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new RuntimeError('not understood', `HTTP status ${response.statusCode} for /events`);
  }
  try {
    for await (const event of readJsonLines(response as AsyncIterable<Buffer>)) {
      const id = memberOf(memberOf(event, 'Actor'), 'ID');
      if (typeof id === 'string' && ID.test(id)) heard(id);
    }
  } catch {
    // However it ended, it is to be begun again.
  }
}
