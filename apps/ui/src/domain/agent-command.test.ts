import { describe, expect, test } from '@jest/globals';
import { agentCommand, agentCommands } from './agent-command.js';

describe('the command for an agent', () => {
  test('connects to a collector that listens everywhere, at the address of this page', () => {
    for (const address of ['tcp://*:1234', 'tcp://*:1234c', 'tcp://0.0.0.0:1234', 'zmq://[::]:1234c']) {
      expect(agentCommand({ address, mode: 'bind', peers: 0 }, '10.0.0.1')).toBe(
        'packetless-agent -v --zmq tcp://10.0.0.1:1234c',
      );
    }
  });

  test('keeps the address of a collector that listens at one only', () => {
    expect(agentCommand({ address: 'tcp://127.0.0.1:5556c', mode: 'bind', peers: 0 }, 'monitor')).toBe(
      'packetless-agent -v --zmq tcp://127.0.0.1:5556c',
    );
  });

  test('listens for a collector that connects', () => {
    expect(agentCommand({ address: 'tcp://10.9.9.9:1234', mode: 'connect', peers: 0 }, 'monitor')).toBe(
      'packetless-agent -v --zmq tcp://*:1234',
    );
  });

  test('is not made up for endpoints that no other host can reach', () => {
    const endpoints = [{ address: 'ipc:///run/packetless', mode: 'bind' as const, peers: 0 }];
    const info = { name: 'ipc', kind: 'zmq' as const, endpoints } as Parameters<
      typeof agentCommands
    >[0][number];
    expect(agentCommands([info], 'monitor')).toEqual([]);
  });
});
