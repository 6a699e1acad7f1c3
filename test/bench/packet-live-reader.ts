/**
 * Captures on an interface until standard input ends, in a process of its own. `node packet-live-reader.js INTERFACE`;
 * prints "ready", at the end a line of JSON.
 */
import { openCapture } from '@packetless/capture';

export interface LiveReading {
  readonly received: number;
  readonly dropped: number;
  readonly flows: number;
  /** Flows as often as they were told to JavaScript. */
  readonly told: number;
}

let told = 0;
const capture = openCapture({
  source: { interface: process.argv[2]! },
  promiscuous: true,
  onFlows: (flows) => {
    told += flows.length;
  },
});
console.log('ready');
process.stdin.on('end', () => {
  const { received, droppedByKernel, droppedByInterface, flows } = capture.account();
  const reading: LiveReading = {
    received,
    dropped: droppedByKernel + droppedByInterface,
    flows: flows.begun,
    told,
  };
  console.log(JSON.stringify(reading));
  capture.close();
});
process.stdin.resume();
