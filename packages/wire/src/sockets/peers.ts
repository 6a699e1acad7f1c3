/** How many peers an endpoint has now, from the socket's monitor. */
import type { Socket } from 'zeromq';

/** Watches a socket until it is closed; `onChange` gets the number of peers that have completed a handshake. */
export function watchPeers(socket: Socket, onChange: (peers: number) => void): void {
  let peers = 0;
  /** A connection that fails its handshake is reported once for that and once more for its end. */
  let failures = 0;
  const { events } = socket;
  const failed = () => {
    failures++;
  };
  events.on('handshake:error:protocol', failed);
  events.on('handshake:error:auth', failed);
  events.on('handshake:error:other', failed);
  events.on('handshake', () => {
    peers++;
    onChange(peers);
  });
  events.on('disconnect', () => {
    if (failures > 0) failures--;
    else if (peers > 0) {
      peers--;
      onChange(peers);
    }
  });
}
