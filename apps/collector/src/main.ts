/** The program packetless-collector. */
import { FilterError } from '@packetless/model';
import { banner } from './banner.js';
import { createCollector } from './collector.js';
import { createLog, type Logger } from './log.js';
import { defaultsFor, type Options, OptionsError, parseOptions } from './options.js';
import { readFiles } from './read/command.js';
import type { ReadOptions } from './read/options.js';
import { READ_USAGE } from './read/usage.js';
import { usage } from './usage.js';
import { VERSION } from './version.js';
import { isLoopbackHost } from './web-address.js';

const EXIT_CANNOT_START = 1;
const EXIT_WRONG_ARGUMENTS = 2;
const EXIT_INTERRUPTED = 130;
/** What has not ended by then is left to the system. */
const CLOSE_MS = 5000;

async function main(): Promise<void> {
  const command = readCommand();
  if (command === null) return;
  switch (command.kind) {
    case 'help':
      process.stdout.write(usage(defaultsFor(process.env)));
      return;
    case 'version':
      process.stdout.write(`packetless-collector ${VERSION}\n`);
      return;
    case 'run':
      await run(command.options);
      return;
    case 'read help':
      process.stdout.write(READ_USAGE);
      return;
    case 'read':
      await read(command.options);
  }
}

function readCommand() {
  try {
    return parseOptions(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    complain(error);
    process.exitCode = EXIT_WRONG_ARGUMENTS;
    return null;
  }
}

async function run(options: Options): Promise<void> {
  const log = createLog(options.verbose ? 'debug' : 'info');
  const collector = createCollector({ ...options, log });
  endOnSignals(collector, log);
  try {
    await collector.start();
  } catch (error) {
    complain(error);
    process.exitCode = EXIT_CANNOT_START;
    return;
  }
  process.stdout.write(banner(VERSION, collector.address!.url, options.interfaces, collector.listening));
  if (!isLoopbackHost(options.web.host)) {
    log.warn(
      'Everyone who can reach this port can read every flow and change settings: there is no login in this version.',
    );
  }
}

async function read(options: ReadOptions): Promise<void> {
  try {
    process.exitCode = await readFiles(options, { out: process.stdout, error: process.stderr });
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    complain(error);
    process.exitCode = EXIT_CANNOT_START;
  }
}

function endOnSignals(collector: { close(): Promise<void> }, log: Logger): void {
  let ending = false;
  const end = () => {
    if (ending) process.exit(EXIT_INTERRUPTED);
    ending = true;
    log.info('ending');
    setTimeout(() => process.exit(0), CLOSE_MS).unref();
    collector.close().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(error);
        process.exit(EXIT_CANNOT_START);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

function complain(error: unknown): void {
  process.stderr.write(`packetless-collector: ${error instanceof Error ? error.message : String(error)}\n`);
}

await main();
