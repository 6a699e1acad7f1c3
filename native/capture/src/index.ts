export type { CaptureAccount, PacketProblem } from './account.js';
export * from './capture.js';
export * from './capture-error.js';
export * from './flow.js';
export * from './name.js';
