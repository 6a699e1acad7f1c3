import { fileURLToPath } from 'node:url';

/** What every suite of the house shares: TypeScript through swc, native ES modules, tests beside their source. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      },
    ],
  },
  reporters: ['default', fileURLToPath(new URL('./scripts/test-results.js', import.meta.url))],
  // Tests wait for conditions, with deadlines of their own that say what did not come; a busy machine is no failure.
  testTimeout: 30_000,
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/build/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};
