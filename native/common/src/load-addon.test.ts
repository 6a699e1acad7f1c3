import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { AddonMissingError, loadAddon } from './load-addon.js';

const load = (path: string, url = import.meta.url) =>
  loadAddon({
    url,
    path,
    packageName: '@packetless/capture',
    sharedLibrary: 'libpcap',
    debianPackage: 'libpcap0.8',
  });

describe('an addon', () => {
  test('that was not built is missing, and the error says how to build it', () => {
    expect(() => load('./absent.node')).toThrow(AddonMissingError);
    expect(() => load('./absent.node')).toThrow(
      /Cannot find module .*pnpm --filter @packetless\/capture build.*libpcap \(Debian: apt-get install libpcap0\.8\)/s,
    );
  });

  test('that is no addon is refused with the reason', () => {
    const folder = mkdtempSync(join(tmpdir(), 'packetless-addon-'));
    try {
      writeFileSync(join(folder, 'broken.node'), 'not a library');
      const url = pathToFileURL(join(folder, 'here.js')).href;
      expect(() => load('./broken.node', url)).toThrow(/cannot be loaded: .*(file too short|invalid ELF)/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
