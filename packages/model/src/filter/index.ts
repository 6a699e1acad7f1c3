/** The one filter language, of the page, of REST and of the terminal. */
export {
  FILTER_FIELDS,
  type FilterField,
  type FilterFlag,
  type NetworkField,
  type NumberField,
  type TextField,
} from './fields.js';
export { FilterError } from './filter-error.js';
export type { Comparison, FilterNode } from './node.js';
export { MAX_FILTER_DEPTH, MAX_FILTER_LENGTH, parseFilter } from './parse.js';
export { findsPattern, matchesPattern, type Pattern } from './pattern.js';
export { printFilter } from './print.js';
