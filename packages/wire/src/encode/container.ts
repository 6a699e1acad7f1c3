/** A container as the members whose keys end in CONTAINER have it (docs/wire.md §5). */
import type { Container } from '@packetless/model';
import { MAX_LABELS } from '../dialect/limits.js';
import { type JsonWriter, type Literal, literal } from './json-writer.js';
import { atMost, type Room } from './room.js';

const ID = literal('"ID":');
const K8S = literal('"K8S":');
const DOCKER = literal('"DOCKER":');
const NAME = literal('"NAME":');
const POD = literal('"POD":');
const NS = literal('"NS":');
const RUNTIME = literal('"RUNTIME":');
const IMAGE = literal('"IMAGE":');
const LABELS = literal('"LABELS":');

/** The id stands outside and inside, because readers look in either place only. */
export function writeContainer(writer: JsonWriter, key: Literal, container: Container, room: Room): void {
  const { pod, namespace } = container;
  const id = atMost(container.id, room.containerId);
  writer.open(key);
  writer.text(ID, id);
  writer.open(pod !== null || namespace !== null ? K8S : DOCKER);
  writer.text(ID, id);
  writer.text(NAME, atMost(container.name, room.name));
  writer.text(POD, atMost(pod, room.name));
  writer.text(NS, atMost(namespace, room.name));
  writer.close();
  // Always said: without it a reader of ours takes DOCKER at its word.
  writer.text(RUNTIME, atMost(container.runtime ?? '', room.name));
  writer.text(IMAGE, atMost(container.image, room.image));
  if (room.labels) writeLabels(writer, container.labels, room);
  writer.close();
}

function writeLabels(writer: JsonWriter, labels: Container['labels'], room: Room): void {
  const start = writer.length;
  writer.open(LABELS);
  let count = 0;
  for (const key in labels) {
    if (count === MAX_LABELS) break;
    // No object that is read may get at a prototype.
    if (key === '__proto__' || key.length > room.name) continue;
    writer.textBy(key, atMost(labels[key]!, room.name));
    count++;
  }
  writer.closeUnlessEmpty(start);
}
