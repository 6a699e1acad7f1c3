/** Who is client, who is server, and which of them reports (docs/wire.md §10). */
import type { Draft } from './draft.js';

export interface Orientation {
  readonly clientIsSource: boolean;
  /** Whether the reporting host's own socket is the source; null when the record does not say. */
  readonly reporterIsSource: boolean | null;
  /** False when the roles are inferred. */
  readonly oriented: boolean;
}

/** The ports that Linux hands out to clients begin here (net.ipv4.ip_local_port_range). */
const FIRST_EPHEMERAL_PORT = 32768;
/** Ports below are for services only. */
const FIRST_USER_PORT = 1024;

/** Needs the addresses and ports of the draft. */
export function orient(draft: Draft): Orientation {
  if (draft.name === 'ACCEPT') return orientAccept(draft);
  if (draft.side !== null) {
    return { clientIsSource: draft.side === 'client', reporterIsSource: true, oriented: true };
  }
  const srcPort = draft.srcPort ?? 0;
  const dstPort = draft.dstPort ?? 0;
  const reporterIsSource = reporter(draft);
  switch (draft.name) {
    case 'CONNECT':
    case 'CONNECT_FAILED':
      return { clientIsSource: true, reporterIsSource, oriented: true };
    case 'SEND':
      return { clientIsSource: sourceIsClient(srcPort, dstPort, true), reporterIsSource, oriented: false };
    case 'RECV':
      return { clientIsSource: sourceIsClient(srcPort, dstPort, false), reporterIsSource, oriented: false };
    default: {
      const clientIsSource = isFlat(draft) ? sourceIsClient(srcPort, dstPort, true) : srcPort >= dstPort;
      return { clientIsSource, reporterIsSource, oriented: false };
    }
  }
}

/** A record of the flat dialect, or of none: a flow exporter's, whose process fields name their side themselves. */
export function isFlat(draft: Draft): boolean {
  return (
    !draft.localNames &&
    draft.localProcess === null &&
    draft.localContainer === null &&
    draft.remoteProcess === null &&
    draft.remoteContainer === null &&
    !draft.hasTcp &&
    (draft.srcProcess !== null || draft.dstProcess !== null || draft.name === null)
  );
}

/**
 * The exporters swap the peers of an ACCEPT: the source is the initiator, the destination the accepting socket,
 * which is the one that reports. A record with LOCAL and REMOTE names may mean what it says instead.
 */
function orientAccept(draft: Draft): Orientation {
  const localIsServer =
    draft.localNames &&
    (draft.side === null
      ? (draft.srcPort ?? 0) < (draft.dstPort ?? 0) ||
        (draft.srcAddress === draft.exporter && draft.dstAddress !== draft.exporter)
      : draft.side === 'server');
  return localIsServer
    ? { clientIsSource: false, reporterIsSource: true, oriented: true }
    : { clientIsSource: true, reporterIsSource: false, oriented: true };
}

function reporter(draft: Draft): boolean | null {
  if (!isFlat(draft)) return true;
  if (draft.srcProcess !== null && draft.dstProcess === null) return true;
  if (draft.dstProcess !== null && draft.srcProcess === null) return false;
  return draft.name === null ? null : true;
}

/** Ports decide when they are of different kinds (service, registered, ephemeral), else `otherwise` does. */
function sourceIsClient(srcPort: number, dstPort: number, otherwise: boolean): boolean {
  const difference = portKind(srcPort) - portKind(dstPort);
  return difference === 0 ? otherwise : difference > 0;
}

function portKind(port: number): number {
  return port < FIRST_USER_PORT ? 0 : port < FIRST_EPHEMERAL_PORT ? 1 : 2;
}
