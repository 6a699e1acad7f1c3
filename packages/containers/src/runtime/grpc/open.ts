/** Who answers on a socket that speaks gRPC. */
import type { Runtime } from '../runtime.js';
import { connect } from './connection.js';
import { openContainerd } from './containerd.js';
import { openCri } from './cri.js';

export async function openGrpc(socket: string, signal: AbortSignal): Promise<Runtime> {
  const connection = await connect(socket);
  try {
    const cri = await openCri(connection, signal);
    if (cri !== null && cri.name !== 'containerd') return cri;
    return await openContainerd(connection, cri, signal);
  } catch (error) {
    connection.close();
    throw error;
  }
}
