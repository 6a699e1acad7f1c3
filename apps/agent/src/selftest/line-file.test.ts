import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { LineFile } from './line-file.js';

const folder = mkdtempSync(join(tmpdir(), 'line-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('every line comes once, whole, however it was written', async () => {
  const path = join(folder, 'lines');
  writeFileSync(path, 'first\nsec');
  const lines: string[] = [];
  const file = new LineFile(path, (line) => lines.push(line));
  while (lines.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const umlaut = Buffer.from('ond ü\n');
  appendFileSync(path, umlaut.subarray(0, 5));
  await new Promise((resolve) => setTimeout(resolve, 60));
  appendFileSync(path, umlaut.subarray(5));
  appendFileSync(path, `${'x'.repeat(3_000_000)}\nlast\nno end`);
  file.close();
  expect(lines).toEqual(['first', 'second ü', 'x'.repeat(3_000_000), 'last']);
});
