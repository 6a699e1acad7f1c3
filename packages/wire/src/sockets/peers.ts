/** How many peers an endpoint has now, from the socket's monitor. */
import type { Socket } from 'zeromq';

/**
 * Watches a socket until it is closed; `onChange` gets the number of peers that have completed the handshake.
 *
 * The monitor does not say which connection ended. While one has not shaken hands yet, an end is taken for its:
 * so strangers that send garbage never count as peers that left. Should it have been the other, the number is put
 * right as soon as the pending one shakes hands or gives up, because there are never more peers than connections.
 */
export function watchPeers(socket: Socket, onChange: (peers: number) => void): void {
  let connections = 0;
  let pending = 0;
  let peers = 0;
  const become = (number: number) => {
    const possible = Math.max(0, Math.min(number, connections));
    if (possible === peers) return;
    peers = possible;
    onChange(peers);
  };
  const opened = () => {
    connections++;
    pending++;
  };
  const { events } = socket;
  events.on('accept', opened);
  events.on('connect', opened);
  events.on('handshake', () => {
    pending = Math.max(0, pending - 1);
    become(peers + 1);
  });
  events.on('disconnect', () => {
    connections = Math.max(0, connections - 1);
    if (pending > 0) {
      pending--;
      become(peers);
    } else become(peers - 1);
  });
}
