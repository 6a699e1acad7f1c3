/** Whether events could be sent: a message of our own, over loopback. */
import { EventPublisher, EventSubscriber, parseEndpoints } from '@packetless/wire';
import { statusEvent } from '../events/status.js';
import { type Finding, ok } from './report.js';

const TIMEOUT_MS = 3000;

export async function sendingChecks(): Promise<Finding[]> {
  return [await zeromq()];
}

async function zeromq(): Promise<Finding> {
  const publisher = new EventPublisher({
    endpoints: parseEndpoints('tcp://127.0.0.1:*', 'agent'),
    sourceId: 1,
  });
  const close: (() => Promise<void>)[] = [() => publisher.close(0)];
  try {
    await publisher.start();
    const address = publisher.state[0]?.address ?? '';
    const subscriber = new EventSubscriber({ endpoints: parseEndpoints(address, 'collector') });
    close.unshift(() => subscriber.close());
    const arrived = new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), TIMEOUT_MS).unref();
      void subscriber.start(() => resolve(true)).catch(() => resolve(false));
    });
    publisher.publish(anything());
    if (await arrived) return ok('ZeroMQ', 'a message over loopback arrived');
    return cannot(`a message over loopback did not arrive within ${TIMEOUT_MS / 1000} s`);
  } catch (error) {
    return cannot(error instanceof Error ? error.message : String(error));
  } finally {
    for (const end of close) await end();
  }
}

function cannot(why: string): Finding {
  return {
    subject: 'ZeroMQ',
    state: 'fails',
    found: why,
    loses: 'sending to a collector (--zmq)',
    remedy: ['install the program’s dependencies again: pnpm install --frozen-lockfile'],
  };
}

function anything() {
  const host = { system: null, kernel: '' };
  return statusEvent({
    agent: 'doctor',
    name: 'doctor',
    exporter: null,
    host,
    source: 'none',
    tier: '',
    lost: [],
    ledgers: [],
  });
}
