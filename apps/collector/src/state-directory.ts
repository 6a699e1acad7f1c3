/** The directory that holds what a collector keeps, claimed by one running collector at a time. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { errorCode, StartError } from './start-error.js';

/**
 * A socket inside is the lock: the kernel lets one process listen on it and forgets it when that process
 * ends, however it ends, so unlike a file with a process id it is right across containers and after a crash.
 */
const LOCK = 'instance.sock';

/** How long the present owner has to tell its process id. */
const ANSWER_MS = 1000;

export class StateDirectory {
  readonly #handle: FileHandle;
  readonly #lock: Server;

  private constructor(
    readonly path: string,
    handle: FileHandle,
    lock: Server,
  ) {
    this.#handle = handle;
    this.#lock = lock;
  }

  /** Creates the directory (0700) when missing and claims it. Throws StartError. */
  static async claim(path: string): Promise<StateDirectory> {
    const handle = await openDirectory(path);
    // Through the open directory, because the path of a socket may not exceed 107 bytes.
    const socket = `/proc/self/fd/${handle.fd}/${LOCK}`;
    try {
      return new StateDirectory(path, handle, await claimSocket(socket, path));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async release(): Promise<void> {
    await new Promise<void>((resolve) => this.#lock.close(() => resolve()));
    await this.#handle.close();
  }
}

async function openDirectory(path: string): Promise<FileHandle> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw new StartError(unusable(path, error));
  }
}

async function claimSocket(socket: string, path: string): Promise<Server> {
  try {
    return await listen(socket);
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw new StartError(unusable(path, error));
  }
  const owner = await askOwner(socket);
  if (owner !== null) {
    throw new StartError(
      `The state directory ${path} is in use by another collector${owner}. ` +
        'End that one, or give this one a directory of its own with -d DIR.',
    );
  }
  try {
    await unlink(socket);
    return await listen(socket);
  } catch (error) {
    throw new StartError(unusable(path, error));
  }
}

function listen(socket: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((client) => {
      client.on('error', () => client.destroy());
      client.end(String(process.pid));
    });
    server.once('error', reject);
    server.listen(socket, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** ` (process 4711)`, or empty when the owner does not tell; null when nobody listens any more. */
function askOwner(socket: string): Promise<string | null> {
  return new Promise((resolve) => {
    let answer = '';
    const client = connect(socket);
    client.setEncoding('latin1');
    client.setTimeout(ANSWER_MS, () => client.destroy());
    client.on('data', (text: string) => {
      answer += text;
      if (answer.length > 20) client.destroy();
    });
    client.on('error', (error) => resolve(errorCode(error) === 'ECONNREFUSED' ? null : ''));
    client.on('close', () => resolve(/^\d+$/.test(answer) ? ` (process ${answer})` : ''));
  });
}

function unusable(path: string, error: unknown): string {
  const reasons: { [code: string]: string } = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    ENOTDIR: 'a part of the path is not a directory',
    EEXIST: 'it is not a directory',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the file system is full',
  };
  const code = errorCode(error);
  const reason = (code !== null ? reasons[code] : undefined) ?? (error as Error).message;
  return `The state directory ${path} cannot be used: ${reason}. Give a writable directory with -d DIR.`;
}
