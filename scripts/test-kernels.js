// `pnpm test:kernels` (or `npm run test:kernels`): the agent on other kernels. Only syntax that old versions of
// Node can read stands in this file, so that they get as far as the message.
import { requireNode } from './setup/node-version.js';

requireNode();
import('./setup/test-kernels.js').then(({ testKernels }) => testKernels(process.argv.slice(2)));
