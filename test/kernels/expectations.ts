/** What each kernel must give. Nothing is passed over in silence: a fact that is not expected to be right is named here, with why. */
import type { Verdict } from './guest/finding.js';

export interface KernelUnderTest {
  /** How Debian's versions of it begin; null: the newest there is. */
  readonly series: string | null;
  readonly suite: string;
  readonly tier: string;
}

export const KERNELS: readonly KernelUnderTest[] = [
  { series: '5.10.', suite: 'bullseye', tier: 'B' },
  { series: '6.1.', suite: 'bookworm', tier: 'A+' },
  { series: '6.12.', suite: 'trixie', tier: 'A+' },
  { series: null, suite: 'newest (backports, sid)', tier: 'A+' },
];

export const ALWAYS: readonly Verdict[] = ['right'];
