import { OptionsError } from './arguments.js';

/** Reads `5` or `0.5` as milliseconds; `option` is how it was asked for. Throws `OptionsError`. */
export function parseSeconds(option: string, value: string, least: number, most: number): number {
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(seconds >= least && seconds <= most)) {
    throw new OptionsError(`${option} "${value}": write seconds, from ${least} to ${most}`);
  }
  return Math.round(seconds * 1000);
}
