// `npm test`: from a bare clone to a verdict.
import { requireNode } from './setup/node-version.js';

requireNode();
const { test } = await import('./setup/test.js');
await test(process.argv.slice(2));
