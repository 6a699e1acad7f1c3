export * from './introspection.js';
export * from './introspection-error.js';
export * from './records.js';
