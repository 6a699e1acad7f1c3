/** Names, as `kind name` or `kind name address`. */
import type { PacketName } from '@packetless/capture';
import type { Frame } from './frames.js';

export function namesOf(names: readonly PacketName[]): Set<string> {
  return new Set(
    names
      .filter(({ kind }) => kind !== 'alpn')
      .map(({ kind, name, address }) => (kind === 'dns' ? `${kind} ${name} ${address}` : `${kind} ${name}`)),
  );
}

/** Those that Wireshark shows. */
export function namesIn(frames: readonly Frame[]): Set<string> {
  const found = new Set<string>();
  for (const frame of frames) {
    // Those inside of a tunnel are not looked for.
    if (frame.layers.filter((layer) => layer === 'ip' || layer === 'ipv6').length > 1) continue;
    const add = (kind: string, names: readonly string[]) => {
      for (const name of names) if (/^[ -~]{1,255}$/.test(name)) found.add(`${kind} ${name}`);
    };
    const isQuic = frame.layers.some((layer) => layer === 'quic' || layer === 'gquic');
    add(isQuic ? 'quic' : 'tls', frame.all('tls.handshake.extensions_server_name'));
    add('http', frame.all('http.host'));
    add('dhcp', frame.all('dhcp.option.hostname'));
    if (!isAnswer(frame)) continue;
    const name = frame.first('dns.qry.name') ?? frame.first('dns.resp.name');
    add(
      'dns',
      [...frame.all('dns.a'), ...frame.all('dns.aaaa')].map((address) => `${name} ${address}`),
    );
  }
  return found;
}

const isAnswer = (frame: Frame) =>
  frame.first('dns.flags.response')?.includes('response') === true &&
  Number(frame.first('dns.count.answers')) > 0;
