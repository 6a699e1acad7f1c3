/** Why a message, or an event in it, is not taken. */
export const REJECT_REASONS = [
  'wrong number of frames',
  'unknown header',
  'unknown topic',
  'too large',
  'bad compression',
  'bad TLV',
  'not JSON',
  'not an object',
  'too many events',
  'too deep',
  'missing field',
  'bad field',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];
