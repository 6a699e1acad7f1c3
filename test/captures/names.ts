/** Names, as `kind name`, those of addresses as `dns name address`. */
import type { PacketName } from '@packetless/capture';
import type { Frame } from './frames.js';

export function namesOf(names: readonly PacketName[]): Set<string> {
  return new Set(
    names
      .filter(({ kind }) => kind !== 'alpn')
      .map(({ kind, name, address }) => (kind === 'dns' ? `dns ${name} ${address}` : `${kind} ${name}`)),
  );
}

/** Those that Wireshark shows. */
export function namesIn(frames: readonly Frame[]): Set<string> {
  const found = new Set<string>();
  const add = (kind: string, names: readonly string[]) => {
    for (const name of names) found.add(`${kind} ${name}`);
  };
  for (const frame of frames) {
    const isQuic = frame.layers.includes('quic');
    add(isQuic ? 'quic' : 'tls', frame.all('tls.handshake.extensions_server_name'));
    add('http', frame.all('http.host'));
    if (hasAddress(frame)) add('dhcp', frame.all('dhcp.option.hostname'));
    add('dns', addressesIn(frame));
  }
  return found;
}

/** Who only looks for a server of DHCP has no address yet that could be called by the name. */
function hasAddress(frame: Frame): boolean {
  return (
    /Request|ACK|Inform/.test(frame.first('dhcp.option.dhcp') ?? '') &&
    !/NAK/.test(frame.first('dhcp.option.dhcp')!)
  );
}

/** `name address` of the records that answer; those that were not asked for come behind them. */
function addressesIn(frame: Frame): string[] {
  if (frame.first('dns.flags.response')?.includes('response') !== true) return [];
  const answers = frame.all('dns.resp.type').slice(0, Number(frame.first('dns.count.answers') ?? 0));
  const asked = frame.first('dns.qry.name');
  const next = { A: 0, AAAA: 0 };
  return answers.flatMap((type, at) => {
    const kind = type.split(' ')[0];
    if (kind !== 'A' && kind !== 'AAAA') return [];
    const address = frame.all(kind === 'A' ? 'dns.a' : 'dns.aaaa')[next[kind]++];
    return address === undefined ? [] : [`${asked ?? frame.all('dns.resp.name')[at]} ${address}`];
  });
}
