import { linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StateDirectory } from './state-directory.js';

describe('state directory', () => {
  let top: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'packetless-state-'));
  });
  afterEach(() => rmSync(top, { recursive: true }));

  test('is created for its owner only', async () => {
    const path = join(top, 'a', 'b');
    const state = await StateDirectory.claim(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await state.release();
  });

  test('serves one collector at a time, and the next one after it', async () => {
    const first = await StateDirectory.claim(top);
    await expect(StateDirectory.claim(top)).rejects.toThrow(
      `in use by another collector (process ${process.pid})`,
    );
    await first.release();
    await (await StateDirectory.claim(top)).release();
  });

  test('a path longer than a socket may have is no obstacle', async () => {
    const path = join(top, 'x'.repeat(120), 'y'.repeat(120));
    const state = await StateDirectory.claim(path);
    await expect(StateDirectory.claim(path)).rejects.toThrow('in use');
    await state.release();
  });

  test('what a crashed collector left behind is no obstacle', async () => {
    const server = createServer().listen(join(top, 'left.sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    // A socket file that nobody listens on, as after SIGKILL.
    linkSync(join(top, 'left.sock'), join(top, 'instance.sock'));
    await new Promise((resolve) => server.close(resolve));
    await (await StateDirectory.claim(top)).release();
  });

  test('what cannot be a directory is refused with a reason', async () => {
    writeFileSync(join(top, 'file'), '');
    await expect(StateDirectory.claim(join(top, 'file'))).rejects.toThrow(
      /file cannot be used: .*directory.*-d DIR/,
    );
    await expect(StateDirectory.claim(join(top, 'file', 'below'))).rejects.toThrow(/not a directory/);
  });
});
