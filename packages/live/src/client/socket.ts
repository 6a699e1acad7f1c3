/** What the client needs of a WebSocket: the browser's own, and that of the `ws` package, both fit. */
export interface LiveSocket {
  readonly readyState: number;
  /** As what binary messages are handed over; `arraybuffer` is what the client sets. */
  binaryType: string;
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
}

export type LiveSocketConstructor = new (url: string) => LiveSocket;

/** `WebSocket.OPEN` (https://websockets.spec.whatwg.org/#dom-websocket-readystate). */
export const OPEN = 1;
