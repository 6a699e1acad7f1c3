/** A real Chromium without a screen, and what it complained about. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Cleanup } from './cleanup.js';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export class Browser {
  /** Errors and refusals on the console of any page. */
  readonly complaints: string[] = [];

  private constructor(private readonly context: BrowserContext) {}

  static async start(cleanup: Cleanup): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'packetless-chromium-'));
    cleanup.add(() => rmSync(profile, { recursive: true, force: true }));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      headless: true,
      args: ARGUMENTS,
    });
    cleanup.add(() => context.close());
    return new Browser(context);
  }

  async open(
    url: string,
    size = { width: 1280, height: 800 },
    theme: 'light' | 'dark' = 'light',
  ): Promise<Page> {
    const page = await this.context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize(size);
    await page.goto(url);
    return page;
  }
}
