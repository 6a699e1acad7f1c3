/** What is known of a container, from one telling to the next. */
import type { Container } from '@packetless/model';

/** What an event mentions, which has no labels; what it leaves out stays. The same object when nothing is new. */
export function mentioned(known: Container, told: Container): Container {
  if (saysNothingNew(known, told)) return known;
  return { ...completed(known, told), labels: hasLabels(told) ? told.labels : known.labels };
}

/** What an agent has learnt; its labels are all that there are. The same object when nothing is new. */
export function learnt(known: Container, told: Container): Container {
  if (saysNothingNew(known, told) && sameLabels(known.labels, told.labels)) return known;
  return { ...completed(known, told), labels: told.labels };
}

export function isSame(a: Container, b: Container): boolean {
  return a === b || (saysNothingNew(a, b) && saysNothingNew(b, a) && sameLabels(a.labels, b.labels));
}

function completed(known: Container, told: Container): Container {
  return {
    id: known.id,
    name: told.name ?? known.name,
    runtime: told.runtime ?? known.runtime,
    image: told.image ?? known.image,
    pod: told.pod ?? known.pod,
    podUid: told.podUid ?? known.podUid,
    namespace: told.namespace ?? known.namespace,
    workload: told.workload ?? known.workload,
    // Nothing stops being one; whoever does not know yet says no.
    isSandbox: told.isSandbox || known.isSandbox,
    labels: known.labels,
  };
}

function saysNothingNew(known: Container, told: Container): boolean {
  return (
    adds(known.name, told.name) &&
    adds(known.pod, told.pod) &&
    adds(known.namespace, told.namespace) &&
    adds(known.image, told.image) &&
    adds(known.runtime, told.runtime) &&
    adds(known.podUid, told.podUid) &&
    adds(known.workload, told.workload) &&
    (known.isSandbox || !told.isSandbox) &&
    (!hasLabels(told) || sameLabels(known.labels, told.labels))
  );
}

/** Whether `told` says of a member no more than what is known. */
function adds(known: string | null, told: string | null): boolean {
  return told === null || told === known;
}

function hasLabels({ labels }: Container): boolean {
  for (const _key in labels) return true;
  return false;
}

function sameLabels(a: Container['labels'], b: Container['labels']): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** What a label takes besides its text. */
const LABEL_CHARACTERS = 32;
/** What a description takes besides its text. */
const DESCRIPTION_CHARACTERS = 200;

/** Room that a description takes. */
export function charactersOf(description: Container): number {
  const { id, name, runtime, image, pod, podUid, namespace, workload, labels } = description;
  let characters = DESCRIPTION_CHARACTERS;
  for (const text of [id, name, runtime, image, pod, podUid, namespace, workload]) {
    characters += text?.length ?? 0;
  }
  for (const key in labels) characters += key.length + labels[key]!.length + LABEL_CHARACTERS;
  return characters;
}

/** Characters of a name that stays in a brief description. */
const BRIEF = 32;
const NO_LABELS: Container['labels'] = {};

/** Which container it is, without all that can be long: for when the room for text is used up. */
export function brief(description: Container): Container {
  return {
    ...description,
    name: clip(description.name),
    runtime: clip(description.runtime),
    image: null,
    pod: clip(description.pod),
    podUid: clip(description.podUid),
    namespace: clip(description.namespace),
    workload: null,
    labels: NO_LABELS,
  };
}

/** A copy: a mere slice would hold the whole text. */
function clip(text: string | null): string | null {
  return text === null ? null : Buffer.from(text.slice(0, BRIEF), 'utf16le').toString('utf16le');
}
