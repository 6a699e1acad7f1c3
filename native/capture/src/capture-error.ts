/**
 * Why nothing can be captured.
 * `NO_INTERFACE`: there is none of this name. `INTERFACE_DOWN`: it is down. `INTERFACE`: something else is wrong with it.
 * `PERMISSION`: a capability is missing. `FILE`: it cannot be read. `FORMAT`: it is no capture file, or a broken one.
 * `LINK_TYPE`: its packets are of a link that is not understood. `FILTER`: the filter makes no sense.
 * `MEMORY`: there is not enough. `ADDON`: the native part was not built or cannot be loaded.
 */
export type CaptureErrorCode =
  | 'NO_INTERFACE'
  | 'INTERFACE_DOWN'
  | 'INTERFACE'
  | 'PERMISSION'
  | 'FILE'
  | 'FORMAT'
  | 'LINK_TYPE'
  | 'FILTER'
  | 'MEMORY'
  | 'ADDON';

/** The message says what happened to what, and what to do about it. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';

  constructor(
    readonly code: CaptureErrorCode,
    message: string,
  ) {
    super(message);
  }
}
