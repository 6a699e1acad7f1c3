/** Programs that make known traffic and say what they did; see traffic/traffic.c. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from './cleanup.js';
import { type Place, Program } from './program.js';
import { HERE } from './root.js';
import { waitFor } from './wait.js';

const SOURCE = join(HERE, 'traffic/traffic.c');

export type Transport = 'tcp' | 'udp';

export interface Call {
  readonly pid: number;
  readonly port: number;
  readonly sent: number;
  readonly received: number;
}

/** What the server says of one conversation. */
export interface Served {
  readonly peer: number;
  readonly received: number;
  readonly sent: number;
}

export class Server {
  constructor(
    readonly program: Program,
    readonly port: number,
  ) {}

  /** TCP conversations that have ended. */
  get served(): Served[] {
    return this.program.lines.slice(1).map((line) => JSON.parse(line) as Served);
  }
}

export class Traffic {
  /** Absolute path of the compiled program. */
  readonly exe: string;

  /** `compiled`: where the program is already. */
  constructor(
    readonly cleanup: Cleanup,
    compiled?: string,
  ) {
    if (compiled !== undefined) {
      this.exe = compiled;
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'packetless-traffic-'));
    cleanup.add(() => rmSync(folder, { recursive: true }));
    // Other users must be able to run it.
    chmodSync(folder, 0o755);
    this.exe = join(folder, 'traffic');
    execFileSync('gcc', ['-O2', '-o', this.exe, SOURCE]);
  }

  /** `port` 0: the kernel chooses. */
  async serve(transport: Transport, address: string, place: Place = {}, port = 0): Promise<Server> {
    const program = new Program([this.exe, 'serve', transport, address, String(port)], this.cleanup, place);
    const first = await waitFor('the server to listen', () => {
      if (program.exit !== null) throw new Error(program.stderr);
      return program.lines[0];
    });
    return new Server(program, (JSON.parse(first) as { port: number }).port);
  }

  /** One process, one conversation, a few milliseconds. */
  async call(
    transport: Transport,
    address: string,
    port: number,
    bytes: number,
    place: Place = {},
    token = 'token',
  ): Promise<Call> {
    const command = [this.exe, 'call', transport, address, String(port), String(bytes), token];
    const program = await new Program(command, this.cleanup, place).done();
    return JSON.parse(program.stdout) as Call;
  }

  /** `count` processes with one connection each; the answers in order of their ends. */
  async burst(address: string, port: number, count: number, place: Place = {}): Promise<Call[]> {
    const command = [this.exe, 'burst', address, String(port), String(count)];
    const program = await new Program(command, this.cleanup, place).done(60_000);
    return program.lines.map((line) => JSON.parse(line) as Call);
  }

  /** Four processes of `count` connections each, interrupted by others of one each. */
  async rush(address: string, port: number, count: number): Promise<Call[]> {
    const command = [this.exe, 'rush', address, String(port), String(count)];
    const program = await new Program(command, this.cleanup).done(60_000);
    return program.lines.map((line) => JSON.parse(line) as Call);
  }
}
