// `npm test`: from a bare clone to a verdict. Only syntax that old versions of
// Node can read stands in this file, so that they get as far as the message.
import { requireNode } from './setup/node-version.js';

requireNode();
import('./setup/test.js').then(({ test }) => test(process.argv.slice(2)));
