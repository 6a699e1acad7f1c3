/** Conversations with known ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** Answers `pong` to whatever comes and ends the connection. In this process, so the owner is known. */
export async function pongServer(host: string): Promise<{ port: number; server: Server }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.once('data', () => socket.end('pong\n'));
    socket.on('error', () => {});
  }).listen(0, host);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, server };
}

/**
 * A program that lives for a few milliseconds: bash, which connects, sends `ping`, reads one line, ends.
 * Its command line is `bash -c SCRIPT TOKEN HOST PORT`.
 */
export function oneShot(token: string, host: string, port: number): ChildProcess {
  const script = 'exec 3<>/dev/tcp/$1/$2 && printf ping >&3 && read -r line <&3';
  return spawn('/bin/bash', ['-c', script, token, host, String(port)], { stdio: 'ignore' });
}

/** One datagram from bash inside a control group to a socket of this process, which answers. */
export async function datagram(token: string, cgroup: string): Promise<{ port: number; end(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (_, peer) => socket.send('pong', peer.port, peer.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const script = 'echo $$ >"$2/cgroup.procs" && exec bash -c "$3" "$0" "$1"';
  const inside = 'exec 3<>/dev/udp/127.0.0.1/$1 && printf ping >&3 && head -c 4 <&3';
  const child = spawn('/bin/bash', ['-c', script, token, String(port), cgroup, inside], { stdio: 'ignore' });
  await once(child, 'exit');
  return { port, end: () => socket.close() };
}
