export * from './event.js';
export * from './flow.js';
export * from './ledger.js';
export * from './observation.js';
export * from './process.js';
export * from './tcp.js';
export * from './units.js';
