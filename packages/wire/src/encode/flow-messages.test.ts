import { describe, expect, test } from '@jest/globals';
import type { ConversationEvent } from '@packetless/model';
import fc from 'fast-check';
import { agentEvents } from '../testing/agent-events.js';
import { decodeText } from '../testing/fixtures.js';
import { encodeConversation, MAX_EVENT_BYTES } from './conversation.js';
import { FlowMessages } from './flow-messages.js';

interface Taken {
  readonly text: string;
  readonly events: number;
}

function messagesOf(events: readonly ConversationEvent[]): Taken[] {
  const taken: Taken[] = [];
  const assembled = new FlowMessages({}, ({ memory, start, end, ascii, events }) => {
    taken.push({ text: memory.toString(ascii ? 'latin1' : 'utf8', start, end), events });
  });
  for (const event of events) assembled.add(event);
  assembled.flush();
  assembled.flush();
  return taken;
}

describe('messages of several events', () => {
  test('are read as the same events in the same order, whatever these hold', () => {
    fc.assert(
      fc.property(fc.array(agentEvents, { maxLength: 40 }), (events) => {
        const messages = messagesOf(events);
        const alone = events.map((event) => decodeText(encodeConversation(event)).events);
        expect(messages.map(({ text }) => decodeText(text).events)).toEqual(
          messages.map(({ events: count }) => alone.splice(0, count).flat()),
        );
        expect(alone).toEqual([]);
        for (const { text } of messages) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_EVENT_BYTES);
      }),
      { numRuns: 60 },
    );
  });

  test('are as few as there is room for', () => {
    const [event] = fc.sample(agentEvents, { numRuns: 1, seed: 1 }) as [ConversationEvent];
    const size = encodeConversation(event).length;
    const together = Math.floor((MAX_EVENT_BYTES - 1) / (size + 1));
    const messages = messagesOf(new Array(3 * together + 1).fill(event));
    expect(messages.map(({ events }) => events)).toEqual([together, together, together, 1]);
  });

  test('of one event are that event, as every reader knows it', () => {
    const [event] = fc.sample(agentEvents, { numRuns: 1 }) as [ConversationEvent];
    expect(messagesOf([event]).map(({ text }) => text)).toEqual([encodeConversation(event)]);
  });
});
