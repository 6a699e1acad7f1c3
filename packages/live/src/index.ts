export * from './client/index.js';
export * from './messages.js';
export * from './rest.js';
