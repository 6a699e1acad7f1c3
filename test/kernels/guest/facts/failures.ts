/** Connections that are not made. */
import { execFileSync } from 'node:child_process';
import type { FlowEventName } from '@packetless/model';
import { Program } from '../../../harness/program.js';
import { judge, worst } from '../judge.js';
import type { Fact } from './fact.js';

const refused: Fact = {
  id: 'refused',
  async check({ traffic, events, cleanup }) {
    const server = await traffic.serve('tcp', '127.0.0.1');
    await server.program.stop();
    const client = new Program([traffic.exe, 'call', 'tcp', '127.0.0.1', String(server.port), '1'], cleanup);
    const failed = await events.find((event) =>
      event.type === 'flow' && event.name === 'CONNECT_FAILED' && event.server.port === server.port
        ? event
        : null,
    );
    return worst([
      judge(failed, { failure: 'refused', side: 'client' }),
      judge(failed?.client.process, { pid: client.pid, name: 'traffic' }),
    ]);
  },
};

const ABSENT = '10.77.0.99';

/** Somebody must seem to be there, else the kernel gives up before it has sent a SYN twice. */
const unanswered: Fact = {
  id: 'unanswered',
  async check({ traffic, events, cleanup, left }) {
    const inside = (...command: string[]) =>
      execFileSync('nsenter', [`--net=/run/netns/${left}`, ...command]);
    inside('ip', 'neigh', 'add', ABSENT, 'lladdr', '02:00:00:00:00:99', 'dev', 'left', 'nud', 'permanent');
    inside('sysctl', '-w', 'net.ipv4.tcp_syn_retries=1');
    const command = [traffic.exe, 'call', 'tcp', ABSENT, '4242', '1'];
    const client = new Program(command, cleanup, { namespace: left });
    const about = (name: FlowEventName) =>
      events.find((event) =>
        event.type === 'flow' && event.name === name && event.server.address === ABSENT ? event : null,
      );
    const again = await about('RETRANSMIT');
    const failed = await about('CONNECT_FAILED');
    return worst([
      judge(again, { side: 'client', retransmits: 1 }),
      judge(again?.client.process, { pid: client.pid }),
      judge(failed, { failure: 'timed out' }),
      judge(failed?.client.process, { pid: client.pid }),
    ]);
  },
};

export const FAILURES: readonly Fact[] = [refused, unanswered];
