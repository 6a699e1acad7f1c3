/** The directory that holds what a collector keeps, claimed by one running collector at a time. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises';
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

  /** Text of a file in it; null when there is none. Rejects for what is no plain file, or longer than `maxBytes`. */
  async read(name: string, maxBytes: number): Promise<string | null> {
    let file: FileHandle;
    try {
      // Neither through a link to elsewhere, nor waiting for whoever writes into a pipe.
      file = await open(this.#at(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
    try {
      if (!(await file.stat()).isFile()) throw new Error('it is not a plain file');
      const buffer = Buffer.alloc(maxBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`);
      return buffer.toString('utf8', 0, length);
    } finally {
      await file.close();
    }
  }

  /** Replaces a file in it, wholly or, when it rejects, not at all, also if the machine fails meanwhile. */
  async write(name: string, text: string): Promise<void> {
    const draft = `${name}.new`;
    await unlink(this.#at(draft)).catch(() => undefined);
    const file = await open(this.#at(draft), 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.rename(draft, name);
    await this.#handle.sync();
  }

  rename(from: string, to: string): Promise<void> {
    return rename(this.#at(from), this.#at(to));
  }

  /** Within the directory that was claimed, whatever has the path meanwhile. */
  #at(name: string): string {
    return `/proc/self/fd/${this.#handle.fd}/${name}`;
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
