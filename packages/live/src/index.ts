export * from './client/index.js';
export * from './container-groups.js';
export * from './messages.js';
export { PACKED_ENCODING, packedUrl } from './packing.js';
export * from './rest.js';
