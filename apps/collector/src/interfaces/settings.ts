/** What people set for interfaces: which see mirrored traffic, which are whose companions. Values that never change. */
import type { InterfaceInfo } from '@packetless/live';

/** A packet interface to which a ZMQ interface also delivers its events. Either may choose the other. */
export interface Companionship {
  readonly zmq: string;
  readonly packets: string;
}

/** By names of interfaces; those that are not there this time keep what was set for them. */
export interface Settings {
  readonly mirrored: readonly string[];
  readonly companions: readonly Companionship[];
}

export const NOTHING_SET: Settings = { mirrored: [], companions: [] };

export type NamedInterface = Pick<InterfaceInfo, 'name' | 'kind'>;

export interface SettingsChange {
  readonly mirrored?: boolean | undefined;
  /** Its only companion from now on; null: none. */
  readonly companion?: string | null | undefined;
}

/** A change that makes no sense; the message says why. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(
    readonly code: 'not_packets' | 'bad_companion',
    /** The part of the change that is wrong. */
    readonly path: keyof SettingsChange,
    message: string,
  ) {
    super(message);
  }
}

/** The settings with a change of one interface. Throws SettingsError. */
export function changeSettings(
  settings: Settings,
  interfaces: readonly NamedInterface[],
  changed: NamedInterface,
  { mirrored, companion }: SettingsChange,
): Settings {
  let next = settings;
  if (mirrored !== undefined) next = withMirrored(next, changed, mirrored);
  if (companion !== undefined) next = withCompanion(next, interfaces, changed, companion);
  return next;
}

function withMirrored(settings: Settings, { name, kind }: NamedInterface, mirrored: boolean): Settings {
  if (kind !== 'packets') {
    throw new SettingsError(
      'not_packets',
      'mirrored',
      `"${name}" takes events of agents; only a packet interface can see mirrored traffic.`,
    );
  }
  const others = settings.mirrored.filter((other) => other !== name);
  return { ...settings, mirrored: mirrored ? [...others, name] : others };
}

function withCompanion(
  settings: Settings,
  interfaces: readonly NamedInterface[],
  { name, kind }: NamedInterface,
  companion: string | null,
): Settings {
  const others = settings.companions.filter((pair) => pair[kind] !== name);
  if (companion === null) return { ...settings, companions: others };
  const partner = findPartner(interfaces, { name, kind }, companion);
  const pair = kind === 'zmq' ? { zmq: name, packets: partner.name } : { zmq: partner.name, packets: name };
  return { ...settings, companions: [...others, pair] };
}

function findPartner(
  interfaces: readonly NamedInterface[],
  { name, kind }: NamedInterface,
  companion: string,
): NamedInterface {
  const refuse = (why: string) => new SettingsError('bad_companion', 'companion', why);
  if (companion === name) throw refuse(`"${name}" cannot be a companion of itself.`);
  const partner = interfaces.find((each) => each.name === companion);
  if (partner === undefined) {
    const fitting = interfaces.filter((each) => each.kind !== kind).map((each) => `"${each.name}"`);
    const there = fitting.length === 0 ? 'there is none that fits' : `these fit: ${fitting.join(', ')}`;
    throw refuse(`There is no interface "${companion}"; ${there}.`);
  }
  if (partner.kind !== kind) return partner;
  throw refuse(
    kind === 'zmq'
      ? `"${companion}" takes events, too; the companion of "${name}" must be a packet interface.`
      : `"${companion}" is a packet interface, too; the companion of "${name}" must be one that takes events.`,
  );
}

/** Names of the companions that an interface has, of those that are there. */
export function companionsOf(
  { companions }: Settings,
  interfaces: readonly NamedInterface[],
  { name, kind }: NamedInterface,
): string[] {
  const partnerKind = kind === 'zmq' ? 'packets' : 'zmq';
  return interfaces
    .filter((each) => each.kind === partnerKind)
    .filter((each) => companions.some((pair) => pair[kind] === name && pair[partnerKind] === each.name))
    .map((each) => each.name);
}
