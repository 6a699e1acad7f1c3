/** An agent that watches needs less than one that starts. */
import { dropPrivileges, IntrospectionError } from '@packetless/introspection';

/**
 * Keeps only these capabilities, for good. To be called when everything is open: sockets that are bound, kernel
 * programs that are attached need no privilege any more. `notice` tells the user when it did not work.
 */
export function keepOnly(capabilities: readonly string[], notice: (message: string) => void): void {
  try {
    const { error } = dropPrivileges(capabilities);
    if (error !== null) notice(`it goes on with more privileges than it needs: ${error}`);
  } catch (error) {
    if (!(error instanceof IntrospectionError)) throw error;
    if (process.getuid?.() === 0) notice(`it goes on with all its privileges: ${error.message}`);
  }
}
