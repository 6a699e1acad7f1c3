/**
 * A socket's cookie in 32 bits, 0 for unknown. Cookies count up from 1, so two that meet here would be more than four
 * billion sockets apart and still have the same addresses, ports and place.
 */
export function foldCookie(socket: number | null): number {
  if (socket === null || !(socket > 0 && socket <= Number.MAX_SAFE_INTEGER)) return 0;
  return (socket ^ Math.imul(Math.floor(socket / 2 ** 32), 0x9e3779b1)) >>> 0 || 1;
}
