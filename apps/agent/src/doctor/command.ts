/** `packetless-agent doctor`: what this host offers, what is lost, and the remedy. */

import { arch, hostname } from 'node:os';
import { inertJson, painter, wantsColour } from '@packetless/terminal';
import { readHost } from '../identity/host.js';
import { readArguments } from '../options/arguments.js';
import { parseRuntimeSockets, type RuntimeSockets } from '../options/runtime-sockets.js';
import { VERSION } from '../version.js';
import { containerChecks } from './container-checks.js';
import { kernelChecks } from './kernel-checks.js';
import { privilegeChecks } from './privilege-checks.js';
import { type Report, type Section, type Verdict, verdictOf } from './report.js';
import { sendingChecks } from './sending-checks.js';
import { checkClock, sourceChecks } from './source-checks.js';
import { reportText } from './text.js';

const OPTIONS = {
  json: { type: 'boolean' },
  'runtime-socket': { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const;

const NARROWEST = 40;
const WIDTH_OF_FILES = 100;

const EXIT: { readonly [verdict in Verdict]: number } = { works: 0, losses: 1, nothing: 3 };

/** Throws `OptionsError`. */
export async function main(args: readonly string[]): Promise<void> {
  const given = readArguments(
    args,
    OPTIONS,
    'doctor takes options only, e.g. packetless-agent doctor --json',
  );
  if (given.has('help')) {
    process.stdout.write((await import('./manual.js')).DOCTOR_MANUAL);
    return;
  }
  const report = await examine(parseRuntimeSockets(given.all('runtime-socket')));
  const { stdout } = process;
  stdout.write(
    given.has('json')
      ? `${inertJson(JSON.stringify(report, null, 2))}\n`
      : reportText(report, {
          width: Math.max(NARROWEST, stdout.isTTY ? stdout.columns : WIDTH_OF_FILES),
          verbose: given.has('verbose'),
          paint: painter(wantsColour(stdout, process.env)),
        }),
  );
  process.exitCode = EXIT[report.verdict];
}

/** Opens every source for a moment, and asks every runtime; takes a second or two. */
export async function examine(runtimeSockets: RuntimeSockets = null): Promise<Report> {
  const { system, kernel } = readHost();
  const sources = await sourceChecks();
  const clock = checkClock(sources);
  const sections: Section[] = [
    { name: 'kernel', findings: [...kernelChecks(), ...(clock === null ? [] : [clock])] },
    { name: 'privileges', findings: privilegeChecks() },
    { name: 'sources', findings: sources },
    { name: 'containers', findings: await containerChecks(runtimeSockets) },
    { name: 'sending', findings: await sendingChecks() },
  ];
  return {
    version: VERSION,
    host: hostname(),
    system,
    kernel,
    architecture: arch(),
    sections,
    verdict: verdictOf(sections),
  };
}
