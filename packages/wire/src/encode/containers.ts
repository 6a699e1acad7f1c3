/** Our agent's topic `container`: what it has learnt of containers (docs/wire.md §13). */
import type { Container, ContainersEvent } from '@packetless/model';
import { OWN_CONTAINERS_KEY } from '../dialect/containers.js';
import { MAX_NAME } from '../dialect/limits.js';
import { writeWholeContainer } from './container.js';
import { JsonWriter } from './json-writer.js';
import { atMost, writeWithin } from './room.js';
import { formatTimestamp } from './timestamp.js';

const MAX_MESSAGE_BYTES = 64 * 1024;
const writer = new JsonWriter(64 * 1024);

/** As many messages as they need, of at most 64 KiB; a single container takes at most 8 KiB. */
export function encodeContainers(event: ContainersEvent): string[] {
  const own = {
    time: formatTimestamp(event.time),
    ...(event.agent !== null && { agent: atMost(event.agent, MAX_NAME) }),
  };
  const head = `${JSON.stringify(own).slice(0, -1)},"${OWN_CONTAINERS_KEY}":[`;
  const messages: string[] = [];
  let texts: string[] = [];
  let bytes = 0;
  const finish = () => {
    if (texts.length > 0) messages.push(`${head}${texts.join(',')}]}`);
    texts = [];
    bytes = 0;
  };
  for (const container of event.containers) {
    const { text, size } = encodeContainer(container);
    if (bytes + size > MAX_MESSAGE_BYTES) finish();
    texts.push(text);
    bytes += size + 1;
  }
  finish();
  return messages;
}

function encodeContainer(container: Container): { text: string; size: number } {
  writeWithin(writer, (room) => writeWholeContainer(writer, container, room));
  return { text: writer.toString(), size: writer.length };
}
