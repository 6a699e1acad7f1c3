/** docker's program for one published port. https://github.com/moby/moby/tree/master/cmd/docker-proxy */
import { isIPv4, isIPv6 } from 'node:net';

const PORT = /^\d{1,5}$/;
const MAX_PORT = 65_535;

/** From its arguments, as far as they are what they should be. */
export function portForward(name: string, argv: readonly string[]): string {
  const option = (wanted: string) => {
    // Go's programs take both `-port 1` and `--port=1`.
    for (const [index, word] of argv.entries()) {
      const given = word.replace(/^--?/, '');
      if (given === word) continue;
      if (given === wanted) return argv[index + 1];
      if (given.startsWith(`${wanted}=`)) return given.slice(wanted.length + 1);
    }
    return undefined;
  };
  const published = portOf(option('host-port'));
  const port = portOf(option('container-port'));
  const address = option('container-ip') ?? '';
  const protocol = option('proto') ?? 'tcp';
  const to = isIPv4(address) ? address : isIPv6(address) ? `[${address}]` : null;
  if (published === null) return `forwards a port to a container (${name})`;
  const from = protocol === 'udp' || protocol === 'sctp' ? `${protocol.toUpperCase()} port` : 'port';
  if (to === null || port === null) return `forwards ${from} ${published} to a container (${name})`;
  return `forwards ${from} ${published} to ${to}:${port} (${name})`;
}

function portOf(text: string | undefined): number | null {
  if (text === undefined || !PORT.test(text)) return null;
  const port = Number(text);
  return port > 0 && port <= MAX_PORT ? port : null;
}
