/** What a line of a recording may be: an event as packages/model declares it. What an older agent did not know is null. */
import {
  type Container,
  type ContainersEvent,
  type ConversationEnds,
  type ConversationEvent,
  type Event,
  FAILURES,
  FLOW_EVENT_NAMES,
  formatAddress,
  type InterfaceCountersEvent,
  type Json,
  type ListeningEvent,
  type Process,
  parseAddress,
  type StatusEvent,
  TCP_STATES,
  type TranslationsEvent,
} from '@packetless/model';
import { z } from 'zod';
import { isBoundedJson } from './bounded-json.js';

/** The last millisecond of the year 9999: what a Date can show in four digits. */
const MAX_TIME = 253_402_300_799_999;
const MAX_NAME = 256;
/** The kernel's PATH_MAX, and some more for what is written in several characters. */
const MAX_PATH = 8192;
const MAX_CMDLINE = 32_768;
const MAX_LIST = 65_536;
const MAX_KEYS = 64;
const MAX_PID = 2 ** 31 - 1;
const MAX_ID = 2 ** 32 - 1;

/** Not known is null, and so is what is not there. */
function known<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().default(null);
}

const time = z.number().min(0).max(MAX_TIME);
const measure = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const port = z.number().int().min(0).max(65_535);
const protocol = z.number().int().min(0).max(255);
const id = z.number().int().min(0).max(MAX_ID);
const pid = z.number().int().min(0).max(MAX_PID);
const name = z.string().max(MAX_NAME);
const path = z.string().max(MAX_PATH);
const cmdline = z.string().max(MAX_CMDLINE);
const address = z
  .string()
  .max(45)
  .transform((text, context) => {
    const bytes = parseAddress(text);
    if (bytes !== null) return formatAddress(bytes);
    context.addIssue({ code: 'custom', message: 'no IP address' });
    return z.NEVER;
  });

const parent = {
  pid,
  uid: known(id),
  user: known(name),
  gid: known(id),
  group: known(name),
  name,
  exe: known(path),
  cmdline: known(cmdline),
};

/** Members in the order in which an agent writes them, so that a recording is replayed byte for byte. */
const process = z.object({
  pid,
  tid: known(pid),
  uid: parent.uid,
  user: parent.user,
  gid: parent.gid,
  group: parent.group,
  name,
  script: known(path),
  exeDeleted: known(z.boolean()),
  role: known(path),
  exe: parent.exe,
  cmdline: parent.cmdline,
  parent: known(z.object(parent)),
  evidence: z.enum(['kernel', 'io', 'snapshot', 'proc', 'none']),
}) satisfies z.ZodType<Process>;

const container = z.object({
  id: name,
  name: known(name),
  runtime: known(name),
  image: known(path),
  pod: known(name),
  podUid: known(name),
  namespace: known(name),
  workload: known(name),
  isSandbox: z.boolean().default(false),
  labels: z.record(name, path).refine(hasFewKeys, 'too many labels').default({}),
}) satisfies z.ZodType<Container>;

const health = z.object({
  rttMs: known(measure),
  rttVarMs: known(measure),
  retransmits: known(count),
  outOfOrder: known(count),
  lost: known(count),
  unacknowledged: known(count),
  congestionWindow: known(count),
  deliveryRate: known(measure),
});

const endpoint = z.object({
  address,
  port,
  process: known(process),
  container: known(container),
  tcp: known(health),
});

const counters = z.object({
  kind: z.enum(['absolute', 'delta']),
  bytesSent: count,
  bytesReceived: count,
  packetsSent: known(count),
  packetsReceived: known(count),
});

const additional = z.custom<{ readonly [key: string]: Json }>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && isBoundedJson(value),
  'nested too deeply, or too much',
);

const endAddress = z.object({ address, port });
const ends = z.object({ client: endAddress, server: endAddress }) satisfies z.ZodType<ConversationEnds>;

const conversation = {
  time,
  protocol,
  client: endpoint,
  server: endpoint,
  side: known(z.enum(['client', 'server'])),
  oriented: z.boolean(),
  interfaceName: known(name),
  exporter: known(address),
  agent: known(name),
  location: known(name),
  socket: known(count),
  handshake: known(z.string().regex(/^[0-9a-f]{16}$/)),
  translated: known(ends),
  state: known(z.enum(TCP_STATES)),
  counters: known(counters),
  connectLatencyMs: known(measure),
  retransmits: known(count),
  failure: known(z.enum(FAILURES)),
  reason: known(name),
  additional: known(additional),
};

const flowEvent = z.object({
  type: z.literal('flow'),
  name: z.enum(FLOW_EVENT_NAMES),
  ...conversation,
}) satisfies z.ZodType<ConversationEvent>;

const netstatEvent = z.object({
  type: z.literal('netstat'),
  name: z.null().default(null),
  ...conversation,
}) satisfies z.ZodType<ConversationEvent>;

const listeningSocket = z.object({
  protocol,
  address,
  port,
  process: known(process),
  container: known(container),
  location: known(name),
  socket: known(count),
  interfaceName: known(name),
  since: known(time),
  backlog: known(count),
  backlogLimit: known(count),
});

const listeningEvent = z
  .object({
    type: z.literal('listening'),
    time,
    agent: known(name),
    exporter: known(address),
    addresses: z.array(address).max(MAX_LIST),
    location: known(name),
    part: z.number().int().min(0).max(MAX_LIST),
    parts: z.number().int().min(1).max(MAX_LIST),
    sockets: z.array(listeningSocket).max(MAX_LIST),
  })
  .refine(({ part, parts }) => part < parts, {
    path: ['part'],
    message: 'no such part',
  }) satisfies z.ZodType<ListeningEvent>;

const countersEvent = z.object({
  type: z.literal('counters'),
  time,
  agent: known(name),
  exporter: known(address),
  location: known(name),
  namespace: known(name),
  container: known(container),
  index: id,
  name,
  ifType: id,
  speedBps: known(measure),
  duplex: known(z.enum(['half', 'full'])),
  adminUp: z.boolean(),
  operUp: z.boolean(),
  promiscuous: z.boolean(),
  mtu: known(count),
  bytesReceived: count,
  packetsReceived: count,
  errorsReceived: count,
  dropsReceived: known(count),
  bytesSent: count,
  packetsSent: count,
  errorsSent: count,
  dropsSent: known(count),
}) satisfies z.ZodType<InterfaceCountersEvent>;

const ledger = z.object({
  hop: name,
  seen: count,
  delivered: count,
  dropped: z.record(name, count).refine(hasFewKeys, 'too many reasons'),
  inFlight: z.number().int(),
});

const statusEvent = z.object({
  type: z.literal('status'),
  time,
  agent: known(name),
  name: known(name),
  address: known(address),
  version: known(name),
  system: known(name),
  kernel: known(name),
  source: known(name),
  tier: known(name),
  cpuSeconds: known(measure),
  memoryBytes: known(count),
  lost: z
    .array(z.object({ what: path, why: path }))
    .max(MAX_KEYS)
    .default([]),
  ledgers: z.array(ledger).max(MAX_KEYS).default([]),
}) satisfies z.ZodType<StatusEvent>;

const containersEvent = z.object({
  type: z.literal('containers'),
  time,
  agent: known(name),
  containers: z.array(container).max(MAX_LIST),
}) satisfies z.ZodType<ContainersEvent>;

const translationsEvent = z.object({
  type: z.literal('translations'),
  time,
  agent: known(name),
  location: known(name),
  translations: z
    .array(z.object({ protocol, before: ends, after: ends, began: known(time), ended: known(time) }))
    .max(MAX_LIST),
  toldSince: known(time),
}) satisfies z.ZodType<TranslationsEvent>;

export const eventSchema = z.discriminatedUnion('type', [
  flowEvent,
  netstatEvent,
  listeningEvent,
  countersEvent,
  containersEvent,
  translationsEvent,
  statusEvent,
]) satisfies z.ZodType<Event>;

function hasFewKeys(record: object): boolean {
  return Object.keys(record).length <= MAX_KEYS;
}
