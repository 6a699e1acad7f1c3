export * from './address.js';
export * from './batches.js';
export * from './hex.js';
export * from './load-addon.js';
