export * from './introspection.js';
export * from './introspection-error.js';
export * from './memory.js';
export * from './privileges.js';
export * from './records.js';
