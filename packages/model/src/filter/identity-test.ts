/** What filters ask of who is behind an endpoint; the same for flows, events and lists of sockets. */
import type { Container } from '../container.js';
import type { Process } from '../process.js';
import type { TextField } from './fields.js';
import { findsPattern, matchesPattern, type Pattern } from './pattern.js';

/** Who is behind an endpoint, as far as it is known. */
export interface FilterIdentity {
  readonly process: Process | null;
  readonly container: Container | null;
}

/** Text fields that speak of an identity. */
export type IdentityField = Extract<
  TextField,
  | 'process'
  | 'exe'
  | 'cmdline'
  | 'script'
  | 'user'
  | 'parent'
  | 'container'
  | 'pod'
  | 'namespace'
  | 'workload'
  | 'image'
>;

const IDENTITY_FIELDS: ReadonlySet<TextField> = new Set([
  'process',
  'exe',
  'cmdline',
  'script',
  'user',
  'parent',
  'container',
  'pod',
  'namespace',
  'workload',
  'image',
]);

export function isIdentityField(field: TextField): field is IdentityField {
  return IDENTITY_FIELDS.has(field);
}

/** Whether a text, null where it is not known, is as the pattern says. */
export function textTest(pattern: Pattern): (text: string | null) => boolean {
  return (text) => text !== null && matchesPattern(pattern, text.toLowerCase());
}

/** Whether one identity is as `field:pattern` says; what is not known never is. */
export function identityTest(field: IdentityField, pattern: Pattern): (identity: FilterIdentity) => boolean {
  const matches = textTest(pattern);
  switch (field) {
    case 'process':
      return onProcess(({ name, script }) => matches(name) || matches(scriptName(script)));
    case 'exe':
      return onProcess(({ exe }) => matches(exe));
    case 'cmdline':
      return onProcess(({ cmdline }) => cmdline !== null && findsPattern(pattern, cmdline.toLowerCase()));
    case 'script':
      return onProcess(({ script }) => script !== null && (matches(script) || matches(baseName(script))));
    case 'user':
      return onProcess(({ user, uid }) => matches(user) || (uid !== null && matches(String(uid))));
    case 'parent':
      return onProcess(({ parent }) => parent !== null && matches(parent.name));
    case 'container':
      // People and runtimes write the first twelve of an id's 64 digits.
      return onContainer(({ name, id }) => matches(name) || matches(id) || matches(id.slice(0, 12)));
    case 'pod':
      return onContainer(({ pod, podUid }) => matches(pod) || matches(podUid));
    case 'namespace':
      return onContainer(({ namespace }) => matches(namespace));
    case 'workload':
      return onContainer(
        ({ workload }) => workload !== null && (matches(workload) || matches(baseName(workload))),
      );
    case 'image':
      return onContainer(({ image }) => image !== null && (matches(image) || matches(imageName(image))));
  }
}

/** Whether a label whose key is as `key` says is as `pattern` says. */
export function labelTest(key: Pattern, pattern: Pattern): (identity: FilterIdentity) => boolean {
  return onContainer(({ labels }) => {
    for (const name in labels) {
      if (!matchesPattern(key, name.toLowerCase())) continue;
      if (matchesPattern(pattern, labels[name]!.toLowerCase())) return true;
    }
    return false;
  });
}

/** `nginx` of `docker.io/library/nginx:1.25@sha256:…`. */
function imageName(image: string): string {
  return baseName(image).replace(/[:@].*$/s, '');
}

/** `sync.py` of `/opt/jobs/sync.py`. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whoever runs `app.py` looks for that rather than for its interpreter. */
function scriptName(script: string | null): string | null {
  return script == null ? null : script.slice(script.lastIndexOf('/') + 1);
}

function onProcess(holds: (process: Process) => boolean): (identity: FilterIdentity) => boolean {
  return ({ process }) => process !== null && holds(process);
}

function onContainer(holds: (container: Container) => boolean): (identity: FilterIdentity) => boolean {
  return ({ container }) => container !== null && holds(container);
}
