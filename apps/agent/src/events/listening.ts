/** Listening sockets: what one look at all sockets found becomes one event. */
import type { ListenerRecord } from '@packetless/introspection';
import type { ListeningEvent, ListeningSocket } from '@packetless/model';
import type { Reporter } from './conversation.js';

/** More than any host has a use for; what is beyond is counted and left out. */
const MAX_SOCKETS = 65_536;

/** The host's own network namespace. */
export interface Home {
  readonly location: string;
  addresses(): readonly string[];
}

/** Gathers listeners until the look at all sockets is over. */
export class Listening {
  #sockets: ListeningSocket[] = [];

  constructor(
    private readonly reporter: Reporter,
    private readonly home: Home,
  ) {}

  /** False when the list is full. */
  add(record: ListenerRecord): boolean {
    if (this.#sockets.length >= MAX_SOCKETS) return false;
    const tcp = record.protocol === 6;
    this.#sockets.push({
      protocol: record.protocol,
      address: record.address,
      port: record.port,
      process: record.owner === null ? null : this.reporter.identify(record.owner, record.time),
      container: record.owner === null ? null : this.reporter.containerOf(record.owner),
      location: this.reporter.location(record.netns),
      socket: record.socket,
      interfaceName: record.interfaceName === '' ? null : record.interfaceName,
      since: record.since,
      backlog: tcp ? record.backlog : null,
      backlogLimit: tcp ? record.backlogLimit : null,
    });
    return true;
  }

  /** All there are, at `time`. */
  finish(time: number): ListeningEvent {
    const sockets = this.#sockets;
    this.#sockets = [];
    return {
      type: 'listening',
      time,
      agent: this.reporter.agent,
      exporter: this.reporter.exporter,
      addresses: this.home.addresses(),
      location: this.home.location,
      part: 0,
      parts: 1,
      sockets,
    };
  }
}
