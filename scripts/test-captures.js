// `pnpm test:captures` (or `npm run test:captures`): real captures, compared with Wireshark. Only syntax that old versions
// of Node can read stands in this file, so that they get as far as the message.
import { requireNode } from './setup/node-version.js';

requireNode();
import('./setup/test-captures.js').then(({ testCaptures }) => testCaptures(process.argv.slice(2)));
