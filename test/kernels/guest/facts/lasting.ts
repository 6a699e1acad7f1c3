/** What lives on: connections, servers, interfaces, also those that are older than the agent. */
import { execFileSync } from 'node:child_process';
import { makeNamespace } from '../../../harness/namespace.js';
import { judge, worst } from '../judge.js';
import { OLD_BYTES } from '../laboratory.js';
import { BYTES, type Fact } from './fact.js';

const living: Fact = {
  id: 'living',
  async check({ traffic, events, hold }) {
    const server = await traffic.serve('tcp', '127.0.0.1');
    const { call } = await hold('127.0.0.1', server.port, BYTES);
    const ends = { clientPort: call.port, serverPort: server.port };
    const told = (side: 'client' | 'server') =>
      events.flow(null, side, ends, ({ counters }) => counters?.bytesReceived === BYTES);
    const [atClient, atServer] = [await told('client'), await told('server')];
    return worst([
      judge(atClient?.counters, { bytesSent: BYTES, bytesReceived: BYTES }),
      judge(atServer?.counters, { bytesSent: BYTES, bytesReceived: BYTES }),
      judge(atClient?.client.process, { pid: call.pid }),
      judge(atServer?.server.process, { pid: server.program.pid }),
    ]);
  },
};

const oldEnd: Fact = {
  id: 'old-end',
  async check({ old, events }) {
    const { program, call } = old.held;
    const ends = { clientPort: call.port, serverPort: old.tcp.port };
    await program.stop();
    const client = await events.flow('CLOSE', 'client', ends);
    const server = await events.flow('CLOSE', 'server', ends);
    return worst([
      judge(client?.counters, { bytesSent: OLD_BYTES, bytesReceived: OLD_BYTES }),
      judge(server?.counters, { bytesSent: OLD_BYTES, bytesReceived: OLD_BYTES }),
      judge(client?.client.process, { pid: call.pid, name: 'traffic' }),
      judge(server?.server.process, { pid: old.tcp.program.pid, name: 'traffic' }),
    ]);
  },
};

const oldServers: Fact = {
  id: 'old-servers',
  async check({ traffic, old, events }) {
    const tcp = await traffic.call('tcp', '127.0.0.1', old.tcp.port, 1);
    const udp = await traffic.call('udp', '127.0.0.1', old.udp.port, 1);
    const accepted = await events.flow('ACCEPT', 'server', {
      clientPort: tcp.port,
      serverPort: old.tcp.port,
    });
    const received = await events.flow('RECV', 'server', { clientPort: udp.port, serverPort: old.udp.port });
    return worst([
      judge(accepted?.server.process, { pid: old.tcp.program.pid, name: 'traffic' }),
      judge(received?.server.process, { pid: old.udp.program.pid, name: 'traffic' }),
    ]);
  },
};

const listening: Fact = {
  id: 'listening',
  async check({ traffic, old, events }) {
    const fresh = await traffic.serve('tcp', '::1');
    const sockets = [
      { protocol: 6, address: '::1', port: fresh.port, pid: fresh.program.pid },
      { protocol: 6, address: '127.0.0.1', port: old.tcp.port, pid: old.tcp.program.pid },
      { protocol: 17, address: '127.0.0.1', port: old.udp.port, pid: old.udp.program.pid },
    ];
    const judgements = sockets.map(async ({ pid, ...socket }) => {
      const told = await events.find((event) => {
        if (event.type !== 'listening') return null;
        return (
          event.sockets.find(({ protocol, port }) => protocol === socket.protocol && port === socket.port) ??
          null
        );
      });
      return worst([judge(told, socket), judge(told?.process, { pid, name: 'traffic' })]);
    });
    return worst(await Promise.all(judgements));
  },
};

interface Totals {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
}

/** Against what the kernel itself says, of an interface that nobody uses any more. */
const interfaces: Fact = {
  id: 'interfaces',
  async check({ cleanup, events, traffic }) {
    const namespace = makeNamespace(cleanup);
    const server = await traffic.serve('udp', '127.0.0.1', { namespace });
    await traffic.call('udp', '127.0.0.1', server.port, BYTES, { namespace });
    const shown = execFileSync('ip', ['-n', namespace, '-s', '-j', 'link', 'show', 'dev', 'lo'], {
      encoding: 'utf8',
    });
    const [{ stats64 }] = JSON.parse(shown) as [{ stats64: { rx: Totals; tx: Totals } }];
    const told = await events.find((event) =>
      event.type === 'counters' && event.name === 'lo' && event.bytesSent === stats64.tx.bytes ? event : null,
    );
    return judge(told, {
      bytesReceived: stats64.rx.bytes,
      packetsReceived: stats64.rx.packets,
      packetsSent: stats64.tx.packets,
      errorsSent: stats64.tx.errors,
      operUp: true,
    });
  },
};

export const LASTING: readonly Fact[] = [living, oldServers, oldEnd, listening, interfaces];
