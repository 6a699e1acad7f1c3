/** Names that packets told: what lets a person recognise a conversation, or an address. */

/**
 * `tls` and `quic`: the server that a client of either asks for; `alpn`: the protocol that it would like best; `http`: the Host of a
 * request; `application`: what talks in the flow as nDPI recognises it, a protocol and behind a dot who uses it
 * (`TLS.Google`), `category`: of what kind that is (`Web`). These are about a flow. `dns`: an answer says that the address has this name; `dhcp`: what a host that asks for
 * the address calls itself.
 */
export type NameKind = 'tls' | 'quic' | 'alpn' | 'http' | 'dns' | 'dhcp' | 'application' | 'category';

export interface PacketName {
  readonly kind: NameKind;
  /** Printable ASCII without blanks, at most 255 characters; not to be trusted any further. */
  readonly name: string;
  /** Epoch milliseconds. */
  readonly time: number;
  /** `id` of the PacketFlow; null when it is about an address. */
  readonly flow: number | null;
  readonly address: string | null;
}
