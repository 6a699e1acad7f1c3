/** What the collector says when it runs: where to look, and how to send it events. */
import { hostname } from 'node:os';
import type { Listening } from './input/zmq-input.js';
import type { InterfaceOptions } from './options.js';
import { isLoopbackHost } from './web-address.js';

/** `listening`: endpoints as given, and the address that each really has. */
export function banner(
  version: string,
  url: string,
  interfaces: readonly InterfaceOptions[],
  listening: readonly Listening[],
): string {
  const lines = [`Packetless collector ${version}`, `  Live page   ${url}`];
  for (const each of interfaces) {
    const { name } = each;
    lines.push(`  Interface   ${name}`);
    if (each.kind === 'packets') continue;
    const { endpoints } = each;
    for (const { text, address, mode } of endpoints) {
      const bound = listening.find((each) => each.text === text)?.address ?? address;
      lines.push(...(mode === 'bind' ? agentsThatConnect(bound) : agentThatListens(address)));
    }
  }
  return `${lines.join('\n')}\n`;
}

function agentsThatConnect(address: string): string[] {
  const tcp = /^tcp:\/\/(.*):(\d+)$/.exec(address);
  const host = tcp?.[1];
  if (host !== '*' && host !== '0.0.0.0' && host !== '[::]') return [command(`${address}c`)];
  const at = (name: string) => command(`tcp://${name}:${tcp![2]}c`);
  return [`${at('127.0.0.1')}   on this host`, `${at(hostname())}   on other hosts`];
}

function agentThatListens(address: string): string[] {
  const tcp = /^tcp:\/\/(.*):(\d+)$/.exec(address);
  if (tcp === null) return [command(address)];
  const here = isLoopbackHost(tcp[1]!) || tcp[1] === 'localhost';
  return [command(here ? address : `"tcp://*:${tcp[2]}"   on ${tcp[1]}`)];
}

function command(endpoint: string): string {
  return `    send events with   packetless-agent -v --zmq ${endpoint}`;
}
