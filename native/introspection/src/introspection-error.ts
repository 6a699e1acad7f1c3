/**
 * Why the kernel cannot be asked.
 * `PERMISSION`: the process may not use eBPF. `UNSUPPORTED`: this kernel cannot do it.
 * `ADDON`: the native part was not built or cannot be loaded.
 */
export type IntrospectionErrorCode = 'PERMISSION' | 'UNSUPPORTED' | 'ADDON';

/** The message says what is missing and what to do about it. */
export class IntrospectionError extends Error {
  override readonly name = 'IntrospectionError';

  constructor(
    readonly code: IntrospectionErrorCode,
    message: string,
  ) {
    super(message);
  }
}
