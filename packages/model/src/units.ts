/** Plain numbers that carry a unit in their name; they cost nothing at run time. */

/** Milliseconds since 1970-01-01 UTC; the fraction holds microseconds. */
export type EpochMilliseconds = number;
/** A span of time in milliseconds; may have a fraction. */
export type Milliseconds = number;
/** A TCP or UDP port, 0 to 65535; 0 where a protocol has no ports. */
export type Port = number;
/** An IP protocol number as IANA assigns them: 6 TCP, 17 UDP, 1 ICMP … */
export type ProtocolNumber = number;

/** Any value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
