/** How an identity is known, said in plain words. */
import type { Evidence } from '@packetless/model';

const WORDS: { readonly [Known in Evidence]: string } = {
  kernel: 'named by the kernel as the socket’s owner',
  io: 'known by its first I/O on the socket',
  snapshot: 'found when the agent started',
  proc: 'looked up in /proc afterwards',
  none: 'not known',
};

export function evidenceText(evidence: Evidence): string {
  return WORDS[evidence];
}
