/** What became of a question. */
import type { ContainerFacts } from './facts.js';

export type Answer =
  | { readonly outcome: 'found'; readonly facts: ContainerFacts }
  /** Every runtime that could have it was asked and has not. */
  | { readonly outcome: 'not known' }
  /** None could be asked, or not all, and none of the others has it. */
  | { readonly outcome: 'no answer' }
  | { readonly outcome: 'too many' };

export const NOT_KNOWN: Answer = { outcome: 'not known' };
export const NO_ANSWER: Answer = { outcome: 'no answer' };
export const TOO_MANY: Answer = { outcome: 'too many' };
