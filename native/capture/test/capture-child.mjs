/**
 * Captures where it was started (in a network namespace, say) and answers lines of stdin on stdout, each with a line of
 * JSON: what it knows by now. Started with the options as JSON, and with the user to become, if any.
 */
import { createInterface } from 'node:readline';
import { openCapture } from '../dist/index.js';

const [options, uid] = process.argv.slice(2);
if (uid !== undefined) {
  process.setgroups([]);
  process.setgid(Number(uid));
  process.setuid(Number(uid));
}
const flows = new Map();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
try {
  const capture = openCapture({
    ...JSON.parse(options),
    onFlows: (told) => {
      for (const flow of told) flows.set(flow.id, flow);
    },
  });
  say({ opened: true });
  for await (const _ of createInterface({ input: process.stdin })) {
    say({ account: capture.account(), flows: [...flows.values()] });
  }
  capture.close();
} catch (error) {
  say({ error: { code: error.code, message: error.message } });
}
