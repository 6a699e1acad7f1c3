/** What our capture makes of a file. */
import {
  type CaptureAccount,
  CaptureError,
  openCapture,
  type PacketFlow,
  type PacketName,
} from '@packetless/capture';

export interface Ours {
  readonly flows: readonly PacketFlow[];
  readonly names: readonly PacketName[];
  readonly account: CaptureAccount;
  /** Why it could not be read to its end. */
  readonly error: CaptureError | null;
}

/** Nothing ends of silence: Wireshark remembers conversations for ever. */
const PATIENT = { tcpIdleSeconds: 86_400, otherIdleSeconds: 86_400, closedIdleSeconds: 86_400 };
const MOST_FLOWS = 65_536;

/** The error says why the file is none that can be read. */
export async function readOurs(path: string): Promise<Ours | CaptureError> {
  const latest = new Map<number, PacketFlow>();
  const names: PacketName[] = [];
  try {
    return await new Promise((resolve) => {
      const capture = openCapture({
        source: { file: path },
        maxFlows: MOST_FLOWS,
        ...PATIENT,
        onFlows: (told) => {
          for (const flow of told) latest.set(flow.id, flow);
        },
        onNames: (told) => names.push(...told),
        onEnd: (error) => resolve({ flows: [...latest.values()], names, account: capture.account(), error }),
      });
    });
  } catch (error) {
    if (error instanceof CaptureError) return error;
    throw error;
  }
}
