// `pnpm test:fuzz [SECONDS]` (or `npm run test:fuzz`): the fuzzers of native code. Only syntax that old versions of Node
// can read stands in this file, so that they get as far as the message.
import { requireNode } from './setup/node-version.js';

requireNode();
import('./setup/test-fuzz.js').then(({ testFuzz }) => testFuzz(process.argv.slice(2)));
