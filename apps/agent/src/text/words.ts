/** The single things of an event, as words for a terminal; all of them inert. */

import {
  type Container,
  containerName,
  type EventEndpoint,
  type Evidence,
  PACKET_SOCKET,
  type Process,
} from '@packetless/model';
import { inert, socketText } from '@packetless/terminal';

/** Local time of day, with milliseconds or without. */
export function clock(time: number, precise: boolean): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return precise ? `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}` : seconds;
}

/** `curl(4242)`, `python3.11[app.py](77)`, `nginx(812)(deleted)`; `?` when nobody is known. */
export function processText(process: Process | null): string {
  if (process === null) return '?';
  return `${nameText(process)}(${process.pid})${deletedText(process)}`;
}

/** The same without the process id. */
export function programText(process: Process): string {
  return nameText(process) + deletedText(process);
}

function nameText({ name, script }: Process): string {
  return script === null ? inert(name) : `${inert(name)}[${inert(baseName(script))}]`;
}

function deletedText({ exeDeleted }: Process): string {
  return exeDeleted === true ? '(deleted)' : '';
}

/** The same in at most `width` characters: a script instead of what interprets it, the end of a long name left out. */
export function briefProcessText(process: Process | null, width: number): string {
  if (process === null) return '?';
  const name = inert(process.script === null ? process.name : baseName(process.script));
  const pid = `(${process.pid})`;
  return `${shortened(name, Math.max(1, width - pid.length))}${pid}`;
}

export function userText(process: Process | null): string {
  return process === null ? '?' : inert(process.user ?? String(process.uid ?? '?'));
}

/** Protocols without ports have both as 0, and what is below IP has no addresses either. */
export function endpointText(
  { address, port }: Pick<EventEndpoint, 'address' | 'port'>,
  protocol: number,
): string {
  if (protocol === PACKET_SOCKET) return '-';
  if (port === 0 && !hasPorts(protocol)) return inert(address);
  return socketText(address, port);
}

/** TCP, UDP, DCCP, SCTP, UDP-Lite. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

export function hasPorts(protocol: number): boolean {
  return WITH_PORTS.has(protocol);
}

/** How an owner is known where the kernel did not name it at that very moment; null where it did. */
export function evidenceText(evidence: Evidence): string | null {
  switch (evidence) {
    case 'kernel':
      return null;
    case 'proc':
      return 'by /proc';
    case 'none':
      return 'owner unknown';
    default:
      return `by ${evidence}`;
  }
}

/** A container by what people call it, in a few words' length: names are others' text and of any length. */
export function containerText(container: Container): string {
  return shortened(inert(containerName(container)), LONGEST_CONTAINER);
}

const LONGEST_CONTAINER = 128;

/** Cut to `width` characters, the last of them then an ellipsis. */
export function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || path;
}
