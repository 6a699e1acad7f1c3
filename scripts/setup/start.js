/** Builds what is not built, starts a collector and an agent on this host, and stops both cleanly. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { StepError, step } from './progress.js';
import { prepareWorkspace, ROOT } from './workspace.js';

const USAGE = `Usage: npm start [-- --web PORT] [-- --zmq PORT]

Builds Packetless, starts a collector and an agent on this host, and prints the address of the live page.
  --web PORT   port of the page, on 127.0.0.1 (default 3000)
  --zmq PORT   port on which the collector hears agents, on 127.0.0.1 (default 1234)
`;
const READY_MS = 20_000;
const STOP_MS = 5_000;
const QUESTION_MS = 100;

/** @param {readonly string[]} args */
export async function start(args) {
  try {
    const options = readOptions(args);
    if (options === null) return;
    await requireFreePort(options.web, '--web', 'the live page');
    await requireFreePort(options.zmq, '--zmq', 'events of agents');
    await prepareWorkspace();
    await runBoth(options);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(`\npacketless: ${error.message}`);
    process.exitCode = 1;
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
    throw new StepError(`${error.message}\n\n${USAGE}`);
  }
  if (values.help) {
    console.log(USAGE);
    return null;
  }
  return { web: readPort(values.web, '--web'), zmq: readPort(values.zmq, '--zmq') };
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
          `Stop what uses it, or choose another: npm start -- ${option} ${port + 1}`,
      );
    }
    throw new StepError(`Port ${port} (for ${purpose}) cannot be used: ${error.message}`);
  } finally {
    server.close();
  }
}

async function runBoth({ web, zmq }) {
  const page = `http://127.0.0.1:${web}/`;
  const programs = [];
  const ended = new AbortController();
  const stop = async () => {
    ended.abort();
    await Promise.all(programs.map(stopProgram));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  const collector = startProgram('collector', ['-i', `tcp://127.0.0.1:${zmq}c`, '-w', `127.0.0.1:${web}`]);
  programs.push(collector);
  try {
    await step('Starting the collector', () => answer(`${page}api/v1/health`, collector, ended.signal));
  } catch (error) {
    if (ended.signal.aborted) return;
    await stop();
    throw error;
  }
  const agent = startProgram('agent', ['--zmq', `tcp://127.0.0.1:${zmq}c`]);
  programs.push(agent);
  const heard = await step('Starting the agent', () => heardOf(`${page}api/v1/agents`, agent, ended.signal));
  if (ended.signal.aborted) return;
  if (heard) {
    console.log(`\n  Packetless is running:  ${page}`);
    console.log('  Make some traffic on this host, such as `curl http://example.com`, and watch it appear.');
  } else {
    console.log(`\n  The collector is running, but no agent on this host (see above):  ${page}`);
    console.log(`  Agents of other hosts reach it once it listens there; see docs/operations.md.`);
  }
  console.log('  Ctrl-C stops it.\n');

  agent.child.on('close', () => {
    if (!ended.signal.aborted && heard) console.log('  The agent has ended; its last words are above.');
  });
  await once(collector.child, 'close');
  if (!ended.signal.aborted) {
    await stop();
    throw new StepError('The collector has ended; its last words are above.');
  }
  await stop();
}

function startProgram(name, args) {
  const file = join(ROOT, 'apps', name, 'bin', `packetless-${name}.js`);
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const program = { name, child, running: true };
  child.on('close', () => {
    program.running = false;
  });
  return program;
}

async function stopProgram(program) {
  if (!program.running) return;
  const closed = once(program.child, 'close');
  program.child.kill('SIGTERM');
  const timer = setTimeout(() => program.child.kill('SIGKILL'), STOP_MS);
  await closed;
  clearTimeout(timer);
}

/** Waits until the program answers on `url`. */
async function answer(url, program, signal) {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline && !signal.aborted) {
    if (!program.running) throw new StepError(`The ${program.name} did not start; its last words are above.`);
    const response = await fetch(url, { signal }).catch(() => null);
    if (response?.ok) return response.json();
    await pause(QUESTION_MS, undefined, { signal }).catch(() => undefined);
  }
  throw new StepError(`The ${program.name} did not answer on ${url} within ${READY_MS / 1000} s.`);
}

/** Waits until the collector has heard of the agent, or the agent has given up. */
async function heardOf(url, program, signal) {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline && program.running && !signal.aborted) {
    const response = await fetch(url, { signal }).catch(() => null);
    if (response?.ok && (await response.json()).total > 0) return true;
    await pause(QUESTION_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}
