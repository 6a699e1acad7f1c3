/** Another program's sender: a plain ZeroMQ publisher that says whatever a test wants. */
import { encodeHeader } from '@packetless/wire';
import { Publisher } from 'zeromq';

export interface HeaderChoice {
  readonly layout?: 'v0' | 'v1';
  readonly sourceId?: number;
  readonly messageId?: number;
}

export class Sender {
  private constructor(private readonly publisher: Publisher) {}

  static connect(address: string): Sender {
    const publisher = new Publisher({ sendHighWaterMark: 0, linger: 0 });
    publisher.connect(address);
    return new Sender(publisher);
  }

  /** `payload` as it is, or as JSON. */
  async send(topic: string, payload: unknown, choice: HeaderChoice = {}): Promise<void> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const { layout = 'v1', sourceId = 7, messageId = 0 } = choice;
    const size = Buffer.byteLength(text);
    const header = encodeHeader({
      layout,
      topic,
      version: layout === 'v0' ? 0 : 2,
      sourceId,
      messageId,
      size,
    });
    await this.frames([header, text]);
  }

  async frames(frames: readonly (Uint8Array | string)[]): Promise<void> {
    await this.publisher.send(frames.map((frame) => Buffer.from(frame as string)));
  }

  close(): void {
    this.publisher.close();
  }
}
