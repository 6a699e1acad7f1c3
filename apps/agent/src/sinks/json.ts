/** NDJSON: events as packages/model declares them. What is written so can be replayed. */

import type { Event, ListeningEvent } from '@packetless/model';
import { inertJson } from '@packetless/terminal';

/** A line stays below the bound of those who read lines (source/recording/limits.ts), whatever a list holds. */
const MAX_PART_CHARACTERS = 128 * 1024;

/** A whole list of listening sockets that is long becomes several lines, its parts. */
export function jsonLine(event: Event): string {
  if (event.type === 'listening' && event.parts === 1) return listeningLines(event);
  return inertJson(JSON.stringify(event));
}

function listeningLines(event: ListeningEvent): string {
  const parts: string[][] = [[]];
  let characters = 0;
  for (const socket of event.sockets) {
    const text = JSON.stringify(socket);
    if (characters > 0 && characters + text.length > MAX_PART_CHARACTERS) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(text);
    characters += text.length + 1;
  }
  if (parts.length === 1) return inertJson(JSON.stringify(event));
  const lines = parts.map((sockets, index) => {
    const head = JSON.stringify({ ...event, part: index, parts: parts.length, sockets: [] });
    return inertJson(`${head.slice(0, -2)}${sockets.join(',')}]}`);
  });
  return lines.join('\n');
}
