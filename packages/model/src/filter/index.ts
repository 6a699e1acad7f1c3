/** The one filter language, of the page, of REST and of the terminal. */
export { compileEventFilter, type EventFilter } from './event-filter.js';
export type { EventFilterSurroundings, FilterGroup } from './event-readers.js';
export {
  FILTER_FIELDS,
  type FilterField,
  type FilterFlag,
  type NetworkField,
  type NumberField,
  type TextField,
} from './fields.js';
export { FilterError } from './filter-error.js';
export {
  type FilterIdentity,
  type IdentityField,
  identityTest,
  isIdentityField,
  labelTest,
  textTest,
} from './identity-test.js';
export { mentionedFields } from './mentioned.js';
export type { Comparison, FilterNode } from './node.js';
export { MAX_FILTER_DEPTH, MAX_FILTER_LENGTH, parseFilter } from './parse.js';
export { findsPattern, matchesPattern, type Pattern } from './pattern.js';
export { printFilter } from './print.js';
export { numberTest, protocolTest, stateTest } from './value-test.js';
export { type FilterEnd, type WordTest, wordTest } from './word-test.js';
