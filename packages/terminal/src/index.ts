export * from './endpoint.js';
export * from './inert.js';
export * from './quantities.js';
export * from './style.js';
export * from './width.js';
