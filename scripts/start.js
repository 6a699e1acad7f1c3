// `npm start`: from a bare clone to the live page of this host. Only syntax that old versions of
// Node can read stands in this file, so that they get as far as the message.
import { requireNode } from './setup/node-version.js';

requireNode();
import('./setup/start.js').then(({ start }) => start(process.argv.slice(2)));
