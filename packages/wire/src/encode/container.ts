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
const POD_UID = literal('"POD_UID":');
const WORKLOAD = literal('"WORKLOAD":');
const SANDBOX = literal('"SANDBOX":');
const LABELS = literal('"LABELS":');

/**
 * Its labels are not in it: they are told once, by topic `container`. The id stands outside and inside, because readers
 * look in either place only.
 */
export function writeContainer(writer: JsonWriter, key: Literal, container: Container, room: Room): void {
  writer.open(key);
  writeMembers(writer, container, room);
  writer.close();
}

/** All that is known of it, as a text by itself. */
export function writeWholeContainer(writer: JsonWriter, container: Container, room: Room): void {
  writer.begin();
  writeMembers(writer, container, room);
  if (room.labels) writeLabels(writer, container.labels, room);
  writer.end();
}

function writeMembers(writer: JsonWriter, container: Container, room: Room): void {
  const { pod, podUid, namespace } = container;
  const id = atMost(container.id, room.containerId);
  const belongsToPod = pod !== null || podUid !== null || namespace !== null;
  writer.text(ID, id);
  writer.open(belongsToPod ? K8S : DOCKER);
  writer.text(ID, id);
  writer.text(NAME, atMost(container.name, room.name));
  writer.text(POD, atMost(pod, room.name));
  writer.text(NS, atMost(namespace, room.name));
  writer.close();
  // Always said: without it a reader of ours takes DOCKER at its word.
  writer.text(RUNTIME, atMost(container.runtime ?? '', room.name));
  writer.text(IMAGE, atMost(container.image, room.image));
  writer.text(POD_UID, atMost(podUid, room.name));
  writer.text(WORKLOAD, atMost(container.workload, room.name));
  if (container.isSandbox) writer.number(SANDBOX, 1);
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
