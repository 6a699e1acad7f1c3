/** Builds what is not built, starts a collector and an agent on this host, and stops both cleanly. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Interrupted, StepError, sayFailure } from './failure.js';
import { endOnSignals, interrupted, Program } from './programs.js';
import { relay, step } from './progress.js';
import { prepareWorkspace, ROOT } from './workspace.js';

const USAGE = `Usage: npm start [-- [--web PORT] [--zmq PORT]]

Builds Packetless, starts a collector and an agent on this host, and prints the address of the live page.
  --web PORT   port of the page, on 127.0.0.1 (default 3000)
  --zmq PORT   port on which the collector hears agents, on 127.0.0.1 (default 1234)
`;
const READY_MS = 20_000;
const QUESTION_MS = 100;

/** @param {readonly string[]} args */
export async function start(args) {
  endOnSignals();
  try {
    const options = readOptions(args);
    if (options === null) return;
    await requireFreePort(options.web, '--web', 'the live page');
    await requireFreePort(options.zmq, '--zmq', 'events of agents');
    await prepareWorkspace();
    await runBoth(options);
  } catch (error) {
    sayFailure(error);
  }
}

function readOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        web: { type: 'string', default: '3000' },
        zmq: { type: 'string', default: '1234' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (error) {
    throw new StepError(
      `${error.message}\nOptions stand behind a "--", as in: npm start -- --web 8080\n\n${USAGE}`,
    );
  }
  if (values.help) {
    console.log(USAGE);
    return null;
  }
  const web = readPort(values.web, '--web');
  const zmq = readPort(values.zmq, '--zmq');
  if (web === zmq) throw new StepError(`--web and --zmq need a port each, not both ${web}.`);
  return { web, zmq };
}

function readPort(text, option) {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
    throw new StepError(`${option} takes a port from 1 to 65535, not "${text}".`);
  }
  return port;
}

async function requireFreePort(port, option, purpose) {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if (error.code === 'EADDRINUSE') {
      throw new StepError(
        `Port ${port} (for ${purpose}) is in use on this host, perhaps by another Packetless.\n` +
          `Stop what uses it, or choose another: npm start -- ${option} ${port < 65535 ? port + 1 : port - 1}`,
      );
    }
    throw new StepError(`Port ${port} (for ${purpose}) cannot be used: ${error.message}`);
  } finally {
    server.close();
  }
}

async function runBoth({ web, zmq }) {
  const page = `http://127.0.0.1:${web}/`;
  const collector = startProgram('collector', ['-i', `tcp://127.0.0.1:${zmq}c`, '-w', `127.0.0.1:${web}`]);
  let agent = null;
  try {
    await step('Starting the collector', () => answer(`${page}api/v1/health`, collector));
    agent = startProgram('agent', ['--zmq', `tcp://127.0.0.1:${zmq}c`]);
    const heard = await startAgent(`${page}api/v1/agents`, agent);
    if (heard) {
      console.log(`\n  Packetless is running:  ${page}`);
      console.log(
        '  Make some traffic on this host, such as `curl http://example.com`, and watch it appear.',
      );
    } else {
      console.log(`\n  The collector is running, but nothing comes from this host:  ${page}`);
      console.log('  Agents of other hosts reach it once it listens there; see docs/operations.md.');
    }
    console.log('  Ctrl-C stops it.\n');
    agent.ended.then(() => {
      if (heard && collector.isRunning && !interrupted.aborted) {
        console.log('  The agent has ended; its last words are above. `npm start` starts it again.');
      }
    });
    await collector.ended;
    if (!interrupted.aborted) throw new StepError('The collector has ended; its last words are above.');
  } catch (error) {
    if (!interrupted.aborted) throw error;
  } finally {
    await agent?.end();
    await collector.end();
  }
}

function startProgram(name, args) {
  const file = join(ROOT, 'apps', name, 'bin', `packetless-${name}.js`);
  const program = new Program(process.execPath, [file, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  relay(program.output[1]);
  return program;
}

/** Waits until the program answers on `url`. */
async function answer(url, program) {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (interrupted.aborted) throw new Interrupted('Interrupted.');
    if (!program.isRunning) throw new StepError('The collector did not start; its last words are above.');
    const response = await fetch(url, { signal: interrupted }).catch(() => null);
    if (response?.ok) return;
    await pause(QUESTION_MS);
  }
  throw new StepError(`The collector did not answer on ${url} within ${READY_MS / 1000} s.`);
}

/** Whether the collector hears of the agent. Without an agent there is less to see, which is no reason to end. */
async function startAgent(url, agent) {
  try {
    await step('Starting the agent', () => heardOf(url, agent));
    return true;
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof StepError)) throw error;
    console.log(`  ${error.message}`);
    return false;
  }
}

async function heardOf(url, agent) {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (interrupted.aborted) throw new Interrupted('Interrupted.');
    if (!agent.isRunning) throw new StepError('The agent cannot work here; the line above says why.');
    const response = await fetch(url, { signal: interrupted }).catch(() => null);
    if (response?.ok && (await response.json()).total > 0) return;
    await pause(QUESTION_MS);
  }
  throw new StepError(`The agent runs, but the collector has not heard of it for ${READY_MS / 1000} s.`);
}
