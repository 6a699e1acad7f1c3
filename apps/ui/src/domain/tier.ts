/** How much of what there is to see an agent sees on its host. */
import type { AgentInfo } from '@packetless/live';

export interface TierText {
  /** `full`: nothing to do. `less`: worth knowing. `little`: most of it is missing. */
  readonly verdict: 'full' | 'less' | 'little';
  readonly explanation: string;
}

/** docs/architecture.md "Tiers". */
const TIERS: { readonly [tier: string]: TierText } = {
  'A+': { verdict: 'full', explanation: 'Everything: its kernel takes all programs of the agent.' },
  A: {
    verdict: 'full',
    explanation:
      'Everything but this: which worker accepted a connection is known from its first send or receive.',
  },
  B: {
    verdict: 'less',
    explanation: 'Its kernel has no type information (BTF): some counters are missing.',
  },
  C: {
    verdict: 'little',
    explanation:
      'Without eBPF, by asking the kernel now and then: owners of short-lived processes and bytes of datagrams are missing.',
  },
  D: {
    verdict: 'little',
    explanation: 'Without privileges: everything of other users is missing.',
  },
};

/** Null for what other programs call a tier, or none. */
export function tierText(tier: string | null): TierText | null {
  return tier !== null && Object.hasOwn(TIERS, tier) ? TIERS[tier]! : null;
}

export interface LostPart {
  readonly what: string;
  readonly whys: readonly string[];
}

/** Each thing once, with all the reasons: one may have been tried in several ways. */
export function lostParts(lost: AgentInfo['lost']): LostPart[] {
  const parts = new Map<string, Set<string>>();
  for (const { what, why } of lost) {
    const whys = parts.get(what) ?? new Set<string>();
    if (why !== '') whys.add(why);
    parts.set(what, whys);
  }
  return Array.from(parts, ([what, whys]) => ({ what, whys: [...whys] }));
}
