/**
 * What each key of a flow record means: docs/wire.md §5.1 (common), §5.2 (nested), §5.3 (flat) and §13 (our own).
 * A key may be a name, an element id (`"8"`), or `PEN.id` (`"35632.168"`); one look-up finds all three.
 */
import {
  type Evidence,
  FAILURES,
  type Failure,
  FLOW_EVENT_NAMES,
  type FlowEventName,
} from '@packetless/model';
import { isUnspecified, readAddress } from './address.js';
import { type Draft, FlatProcess } from './draft.js';
import {
  MAX_CMDLINE,
  MAX_CONTAINER_ID,
  MAX_IDENTITY,
  MAX_INTERFACE_NAME,
  MAX_NAME,
  MAX_PATH,
} from './limits.js';
import { readTcp } from './tcp.js';
import { isObject, type JsonObject, readInteger, readNumber, readText, readTimestamp } from './value.js';

/** Takes one value into the draft. False: the value is nothing this field can be, so it is kept as unknown. */
type FieldReader = (draft: Draft, value: unknown) => boolean;

const FIELDS = new Map<string, FieldReader>();
/** Element ids whose fields are kept under their names. */
const KEPT_NAMES = new Map<string, string>();

const NTOP_PEN = 35632;
const NTOP_BASE = 57472;
const MAX_U32 = 0xffff_ffff;
const MAX_PORT = 65535;
const MAX_PROTOCOL = 255;

/** Owner corrections have no name in ntopng's words, so they are named apart (docs/wire.md §13). */
const EVENT_NAMES = new Set<unknown>(FLOW_EVENT_NAMES.filter((name) => name !== 'OWNER'));
const FAILURE_NAMES = new Set<unknown>(FAILURES);
const EVIDENCES = new Set<unknown>(['kernel', 'io', 'snapshot', 'proc', 'none'] satisfies Evidence[]);

/** Reads every field of a record into the draft. */
export function readFields(draft: Draft, record: JsonObject): void {
  for (const key in record) {
    const value = record[key];
    const read = FIELDS.get(key);
    if (read === undefined ? readBySuffix(draft, key, value) : read(draft, value)) continue;
    // ntopng, when it exports, puts what it did not know itself into this member.
    if (key === 'json' && isObject(value)) readNestedUnknowns(draft, value);
    else draft.keep(KEPT_NAMES.get(key) ?? key, value);
  }
}

function readNestedUnknowns(draft: Draft, record: JsonObject): void {
  for (const key in record) {
    const value = record[key];
    const read = FIELDS.get(key);
    if (read === undefined || !read(draft, value)) draft.keep(key, value);
  }
}

/** ntopng takes any key that ends so for the reporting side's; so do we, unless that side is known already. */
function readBySuffix(draft: Draft, key: string, value: unknown): boolean {
  if (!isObject(value)) return false;
  if (key.endsWith('FATHER_PROCESS')) {
    if (draft.localParent !== null) return false;
    draft.localParent = value;
  } else if (key.endsWith('PROCESS')) {
    if (draft.localProcess !== null) return false;
    draft.localProcess = value;
  } else if (key.endsWith('CONTAINER')) {
    if (draft.localContainer !== null) return false;
    draft.localContainer = value;
  } else return false;
  return true;
}

function field(keys: readonly string[], read: FieldReader): void {
  for (const key of keys) FIELDS.set(key, read);
}

/** Keys of an element: its name, and its number with and without the enterprise. `id` counts as the tables do. */
function element(name: string, id: number): string[] {
  return [...elementIds(id), name];
}

function elementIds(id: number): string[] {
  if (id < NTOP_BASE) return [String(id), `0.${id}`];
  return [String(id), `${NTOP_PEN}.${id - NTOP_BASE}`, `${NTOP_PEN}.${id}`];
}

// §5.1: the two ends

function readSource(draft: Draft, value: unknown): boolean {
  const address = readAddress(value);
  if (address === null) draft.badField = true;
  else if (draft.srcAddress === null || !isUnspecified(address)) draft.srcAddress = address;
  return true;
}

function readDestination(draft: Draft, value: unknown): boolean {
  const address = readAddress(value);
  if (address === null) draft.badField = true;
  else if (draft.dstAddress === null || !isUnspecified(address)) draft.dstAddress = address;
  return true;
}

function readSourcePort(draft: Draft, value: unknown): boolean {
  const port = readInteger(value, MAX_PORT);
  if (port === null) draft.badField = true;
  else draft.srcPort = port;
  return true;
}

function readDestinationPort(draft: Draft, value: unknown): boolean {
  const port = readInteger(value, MAX_PORT);
  if (port === null) draft.badField = true;
  else draft.dstPort = port;
  return true;
}

field([...elementIds(8), ...elementIds(27)], readSource);
field([...elementIds(12), ...elementIds(28)], readDestination);
field(elementIds(7), readSourcePort);
field(elementIds(11), readDestinationPort);
field(['IPV4_SRC_ADDR', 'IPV6_SRC_ADDR'], (draft, value) => {
  draft.sourceNames = true;
  return readSource(draft, value);
});
field(['IPV4_DST_ADDR', 'IPV6_DST_ADDR'], (draft, value) => {
  draft.sourceNames = true;
  return readDestination(draft, value);
});
field(['L4_SRC_PORT'], readSourcePort);
field(['L4_DST_PORT'], readDestinationPort);
field(['IPV4_LOCAL_ADDR', 'IPV6_LOCAL_ADDR'], (draft, value) => {
  draft.localNames = true;
  return readSource(draft, value);
});
field(['IPV4_REMOTE_ADDR', 'IPV6_REMOTE_ADDR'], (draft, value) => {
  draft.localNames = true;
  return readDestination(draft, value);
});
field(['L4_LOCAL_PORT'], (draft, value) => {
  draft.localNames = true;
  return readSourcePort(draft, value);
});
field(['L4_REMOTE_PORT'], (draft, value) => {
  draft.localNames = true;
  return readDestinationPort(draft, value);
});
field(element('PROTOCOL', 4), (draft, value) => {
  draft.protocol = readInteger(value, MAX_PROTOCOL);
  if (draft.protocol === null) draft.badField = true;
  return true;
});
/** Exporters write an unspecified address, and port 0, for what they do not translate. */
field(
  [...element('POST_NAT_SRC_IPV4_ADDR', 225), ...element('POST_NAT_SRC_IPV6_ADDR', 281)],
  (draft, value) => {
    const address = readAddress(value);
    if (address !== null && !isUnspecified(address)) draft.postSrcAddress = address;
    return address !== null;
  },
);
field(
  [...element('POST_NAT_DST_IPV4_ADDR', 226), ...element('POST_NAT_DST_IPV6_ADDR', 282)],
  (draft, value) => {
    const address = readAddress(value);
    if (address !== null && !isUnspecified(address)) draft.postDstAddress = address;
    return address !== null;
  },
);
field(element('POST_NAPT_SRC_TRANSPORT_PORT', 227), (draft, value) => {
  const port = readInteger(value, MAX_PORT);
  draft.postSrcPort = port || null;
  return port !== null;
});
field(element('POST_NAPT_DST_TRANSPORT_PORT', 228), (draft, value) => {
  const port = readInteger(value, MAX_PORT);
  draft.postDstPort = port || null;
  return port !== null;
});
// The addresses themselves say which version they are.
field(element('IP_PROTOCOL_VERSION', 60), () => true);

// §5.1: accounting and time

field(element('IN_BYTES', 1), (draft, value) => {
  draft.inBytes = readInteger(value);
  return draft.inBytes !== null;
});
field(element('IN_PKTS', 2), (draft, value) => {
  draft.inPackets = readInteger(value);
  return draft.inPackets !== null;
});
field(element('OUT_BYTES', 23), (draft, value) => {
  draft.outBytes = readInteger(value);
  return draft.outBytes !== null;
});
field(element('OUT_PKTS', 24), (draft, value) => {
  draft.outPackets = readInteger(value);
  return draft.outPackets !== null;
});
field(element('FIRST_SWITCHED', 22), (draft, value) => {
  draft.firstSwitched = readTimestamp(value);
  return true;
});
field(element('LAST_SWITCHED', 21), (draft, value) => {
  draft.lastSwitched = readTimestamp(value);
  return true;
});
field(['timestamp'], (draft, value) => {
  draft.time = readTimestamp(value);
  return draft.time !== null;
});
field(
  [...element('EXPORTER_IPV4_ADDRESS', 130), ...element('EXPORTER_IPV6_ADDRESS', 131)],
  (draft, value) => {
    const address = readAddress(value);
    if (address !== null && (draft.exporter === null || !isUnspecified(address))) draft.exporter = address;
    return address !== null;
  },
);
field(element('NPROBE_IPV4_ADDRESS', 57943), (draft, value) => {
  draft.probe = readAddress(value);
  return draft.probe !== null;
});
field(element('CLIENT_NW_LATENCY_MS', 57595), (draft, value) => {
  draft.clientLatencyMs = readNumber(value);
  return draft.clientLatencyMs !== null;
});
for (const [name, id] of [
  ['TCP_FLAGS', 6],
  ['SRC_TOS', 5],
  ['DST_TOS', 55],
  ['INPUT_SNMP', 10],
  ['OUTPUT_SNMP', 14],
  ['SRC_VLAN', 58],
  ['DST_VLAN', 59],
  ['DOT1Q_SRC_VLAN', 243],
  ['DOT1Q_DST_VLAN', 254],
  ['CLIENT_TCP_FLAGS', 57550],
  ['SERVER_TCP_FLAGS', 57551],
  ['SERVER_NW_LATENCY_MS', 57596],
  ['L7_PROTO', 57590],
  ['L7_PROTO_NAME', 57591],
] as const) {
  for (const key of elementIds(id)) KEPT_NAMES.set(key, name);
}

// §5.2: introspection, nested

field(['TCP_EVENT_TYPE', 'UDP_EVENT_TYPE'], (draft, value) => {
  if (!EVENT_NAMES.has(value)) return false;
  draft.name = value as FlowEventName;
  return true;
});
field(['IF_NAME', 'INTERFACE_NAME'], (draft, value) => {
  draft.interfaceName = readText(value, MAX_INTERFACE_NAME) ?? draft.interfaceName;
  return typeof value === 'string';
});
field(['NW_LATENCY_MS'], (draft, value) => {
  draft.latencyMs = readNumber(value);
  return draft.latencyMs !== null;
});
field(['RETRAN_PKTS'], (draft, value) => {
  draft.retransmits = readInteger(value);
  return draft.retransmits !== null;
});
field(['TID'], (draft, value) => {
  draft.tid = readInteger(value, MAX_U32);
  return draft.tid !== null;
});
field(['LOCAL_PROCESS', 'SRC_PROCESS'], (draft, value) => {
  if (!isObject(value)) return false;
  draft.localProcess = value;
  return true;
});
field(['LOCAL_FATHER_PROCESS', 'SRC_FATHER_PROCESS'], (draft, value) => {
  if (!isObject(value)) return false;
  draft.localParent = value;
  return true;
});
field(['LOCAL_CONTAINER', 'SRC_CONTAINER'], (draft, value) => {
  if (!isObject(value)) return false;
  draft.localContainer = value;
  return true;
});
field(['REMOTE_PROCESS', 'DST_PROCESS'], (draft, value) => {
  if (!isObject(value)) return false;
  draft.remoteProcess = value;
  return true;
});
field(['REMOTE_FATHER_PROCESS', 'DST_FATHER_PROCESS'], (draft, value) => {
  if (!isObject(value)) return false;
  draft.remoteParent = value;
  return true;
});
field(['REMOTE_CONTAINER', 'DST_CONTAINER'], (draft, value) => {
  if (!isObject(value)) return false;
  draft.remoteContainer = value;
  return true;
});
field(['TCP'], (draft, value) => {
  if (!isObject(value)) return false;
  readTcp(draft, value);
  return true;
});

// §5.3: introspection, flat

type FlatReader = (side: FlatProcess, value: unknown) => boolean;

/** Names of the flat dialect without SRC_ or DST_, with their numbers n (the id is 57472 + n) of either side. */
const FLAT_FIELDS: readonly (readonly [name: string, src: number, dst: number, read: FlatReader])[] = [
  [
    'PROC_PID',
    168,
    375,
    (side, value) => {
      side.pid = readInteger(value, MAX_U32);
      return side.pid !== null;
    },
  ],
  [
    'PROC_NAME',
    169,
    376,
    (side, value) => {
      side.path = readText(value, MAX_PATH);
      return isTaken(value, side.path);
    },
  ],
  [
    'PROC_UID',
    425,
    426,
    (side, value) => {
      side.uid = readInteger(value, MAX_U32);
      return side.uid !== null;
    },
  ],
  [
    'PROC_USER_NAME',
    372,
    377,
    (side, value) => {
      side.user = readText(value, MAX_NAME);
      return isTaken(value, side.user);
    },
  ],
  [
    'PROC_CMDLINE',
    556,
    557,
    (side, value) => {
      side.cmdline = readText(value, MAX_CMDLINE);
      return isTaken(value, side.cmdline);
    },
  ],
  [
    'PROC_CONTAINER_ID',
    558,
    559,
    (side, value) => {
      side.containerId = readText(value, MAX_CONTAINER_ID);
      return isTaken(value, side.containerId);
    },
  ],
  [
    'FATHER_PROC_PID',
    373,
    378,
    (side, value) => {
      side.parentPid = readInteger(value, MAX_U32);
      return side.parentPid !== null;
    },
  ],
  [
    'FATHER_PROC_NAME',
    374,
    379,
    (side, value) => {
      side.parentPath = readText(value, MAX_PATH);
      return isTaken(value, side.parentPath);
    },
  ],
  [
    'FATHER_PROC_UID',
    564,
    567,
    (side, value) => {
      side.parentUid = readInteger(value, MAX_U32);
      return side.parentUid !== null;
    },
  ],
  [
    'FATHER_PROC_USER_NAME',
    565,
    568,
    (side, value) => {
      side.parentUser = readText(value, MAX_NAME);
      return isTaken(value, side.parentUser);
    },
  ],
];

/** An empty text says nothing, so there is nothing to keep either. */
function isTaken(value: unknown, text: string | null): boolean {
  return text !== null || value === '';
}

for (const [name, src, dst, read] of FLAT_FIELDS) {
  field(element(`SRC_${name}`, NTOP_BASE + src), (draft, value) => {
    draft.srcProcess ??= new FlatProcess();
    return read(draft.srcProcess, value);
  });
  field(element(`DST_${name}`, NTOP_BASE + dst), (draft, value) => {
    draft.dstProcess ??= new FlatProcess();
    return read(draft.dstProcess, value);
  });
}
for (const [name, src, dst] of [
  ['PROC_PKG_NAME', 540, 541],
  ['FATHER_PROC_PKG_NAME', 561, 563],
  ['PROC_ACTUAL_MEMORY', 383, 387],
  ['PROC_PEAK_MEMORY', 384, 388],
  ['PROC_AVERAGE_CPU_LOAD', 385, 389],
  ['PROC_NUM_PAGE_FAULTS', 386, 390],
  ['PROC_PCTG_IOWAIT', 393, 394],
] as const) {
  for (const key of elementIds(NTOP_BASE + src)) KEPT_NAMES.set(key, `SRC_${name}`);
  for (const key of elementIds(NTOP_BASE + dst)) KEPT_NAMES.set(key, `DST_${name}`);
}

/** What ntopng writes when it exports a flow that has a process: the flat dialect's content in an object. */
function readExportedProcess(value: unknown): FlatProcess | null {
  if (!isObject(value)) return null;
  const side = new FlatProcess();
  side.pid = readInteger(value.PID, MAX_U32);
  side.path = readText(value.NAME, MAX_PATH);
  side.uid = readInteger(value.UID, MAX_U32);
  side.gid = readInteger(value.GID, MAX_U32);
  side.user = readText(value.USER_NAME, MAX_NAME);
  side.cmdline = readText(value.CMDLINE, MAX_CMDLINE);
  side.parentPid = readInteger(value.FATHER_PID, MAX_U32);
  side.parentPath = readText(value.FATHER_NAME, MAX_PATH);
  side.parentUid = readInteger(value.FATHER_UID, MAX_U32);
  side.parentGid = readInteger(value.FATHER_GID, MAX_U32);
  side.parentUser = readText(value.FATHER_USER_NAME, MAX_NAME);
  return side;
}

field(['CLIENT_PROCESS'], (draft, value) => {
  draft.srcProcess = readExportedProcess(value);
  return draft.srcProcess !== null;
});
field(['SERVER_PROCESS'], (draft, value) => {
  draft.dstProcess = readExportedProcess(value);
  return draft.dstProcess !== null;
});

// §13: our own

field(['X_AGENT'], (draft, value) => {
  draft.agent = readText(value, MAX_IDENTITY);
  return draft.agent !== null;
});
field(['X_SIDE'], (draft, value) => {
  if (value !== 'client' && value !== 'server') return false;
  draft.side = value;
  return true;
});
field(['X_LOCATION'], (draft, value) => {
  draft.location = readText(value, MAX_IDENTITY);
  return draft.location !== null;
});
field(['X_SOCKET'], (draft, value) => {
  draft.socket = readInteger(value);
  return draft.socket !== null;
});
field(['X_EVENT'], (draft, value) => {
  if (value !== 'OWNER') return false;
  draft.name = value;
  return true;
});
field(['X_HANDSHAKE'], (draft, value) => {
  draft.handshake = readHandshake(value);
  return draft.handshake !== null;
});
field(['X_EVIDENCE'], (draft, value) => {
  if (!EVIDENCES.has(value)) return false;
  draft.evidence = value as Evidence;
  return true;
});
field(['X_FAILURE'], (draft, value) => {
  if (!FAILURE_NAMES.has(value)) return false;
  draft.failure = value as Failure;
  return true;
});
field(['X_REASON'], (draft, value) => {
  draft.reason = readText(value, MAX_NAME);
  return draft.reason !== null;
});

const HANDSHAKE_DIGITS = 16;

/** Both initial sequence numbers as 16 lower-case hex digits. */
function readHandshake(value: unknown): string | null {
  if (typeof value !== 'string' || value.length !== HANDSHAKE_DIGITS) return null;
  for (let index = 0; index < HANDSHAKE_DIGITS; index++) {
    const code = value.charCodeAt(index) | 0x20;
    const isDigit = code >= 0x30 && code <= 0x39;
    const isLetter = code >= 0x61 && code <= 0x66;
    if (!isDigit && !isLetter) return null;
  }
  return value.toLowerCase();
}
