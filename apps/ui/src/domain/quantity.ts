/** Numbers as people read them: a short value and its unit, aligned by three significant digits. */

/** `value` and `unit` are shown apart, so that units stand under each other. Unit '' where there is none. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

const BIT_RATE_UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
const BYTE_RATE_UNITS = ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'];
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const COUNT_UNITS = ['', 'k', 'M', 'G', 'T'];

/** Decimal units: 1 kB is 1000 B. Below 1 kB exact. */
export function bytes(count: number): Quantity {
  return scaled(count, BYTE_UNITS);
}

/** What is delivered, in bytes a second. */
export function byteRate(bytesPerSecond: number): Quantity {
  return scaled(bytesPerSecond, BYTE_RATE_UNITS);
}

/** What passes an interface, in bits a second as its speed is told; takes bytes. */
export function bitRate(bytesPerSecond: number): Quantity {
  return scaled(bytesPerSecond * 8, BIT_RATE_UNITS);
}

/** Exact below 10,000, then k, M … */
export function count(number: number): Quantity {
  if (number < 10_000) return { value: exact(Math.round(number)), unit: '' };
  return scaled(number, COUNT_UNITS);
}

function scaled(number: number, units: readonly string[]): Quantity {
  let value = number;
  let unit = 0;
  // 999.95 would be written as 1000 of this unit, so it is 1 of the next.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return { value: unit === 0 ? exact(Math.round(value)) : significant(value), unit: units[unit]! };
}

/** Three significant digits: 1.23, 12.3, 123. */
function significant(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** With thousands separated. */
export function exact(number: number): string {
  return number.toLocaleString('en');
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;

/** A measured time such as a round trip: microseconds, milliseconds or seconds. */
export function latency(milliseconds: number): Quantity {
  if (milliseconds < 1 && milliseconds > 0) return { value: significant(milliseconds * 1000), unit: 'µs' };
  if (milliseconds < 999.5) return { value: significant(milliseconds), unit: 'ms' };
  return { value: significant(milliseconds / SECOND), unit: 's' };
}

/** How long something lasts or is ago: `340 ms`, `12 s`, `3 m 05 s`, `2 h 07 m`, `5 d 03 h`, `7.5 y`. */
export function duration(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span > 0 && span < 1) return `${Math.round(span * 1000)} µs`;
  if (span < SECOND) return `${Math.floor(span)} ms`;
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return pair(span, MINUTE, 'm', SECOND, 's');
  if (span < DAY) return pair(span, HOUR, 'h', MINUTE, 'm');
  if (span < YEAR) return pair(span, DAY, 'd', HOUR, 'h');
  return `${(span / YEAR).toFixed(1)} y`;
}

function pair(span: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((span % large) / small);
  return `${Math.floor(span / large)} ${largeUnit} ${String(rest).padStart(2, '0')} ${smallUnit}`;
}

/** Local date and time with milliseconds: `2026-11-22 03:54:51.120`. */
export function dateTime(epochMilliseconds: number): string {
  const date = new Date(epochMilliseconds);
  if (Number.isNaN(date.getTime())) return '—';
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** In one piece, with a space that does not break. */
export function inline(quantity: Quantity): string {
  return quantity.unit === '' ? quantity.value : `${quantity.value}\u00a0${quantity.unit}`;
}
