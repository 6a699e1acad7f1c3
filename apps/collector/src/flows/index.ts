/** What benchmarks and tests of other rooms may use of the flow table. */
export { ContainerRegistry } from '../containers/container-registry.js';
export { countGroups } from '../containers/group-counts.js';
export { ToldTotals } from '../input/told-totals.js';
export { toObservation } from '../observations.js';
export { type PacketOrigin, packetObservation } from '../packet-observations.js';
export { Translations } from '../translations/translations.js';
export { FlowTable, type FlowTableOptions } from './flow-table.js';
export { compileQuery, runQuery } from './query.js';
