import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compare } from './compare.js';
import { PREFERENCES } from './frames.js';
import { protocolNumbers } from './protocol-numbers.js';
import { Sharkd } from './sharkd.js';

const [folder, ...only] = process.argv.slice(2);
const files = readdirSync(folder!, { recursive: true, encoding: 'utf8' })
  .map((name) => join(folder!, name))
  .filter((path) => statSync(path).isFile() && isCapture(path))
  .filter((path) => only.length === 0 || only.some((word) => path.includes(word)));

function isCapture(path: string): boolean {
  const file = openSync(path, 'r');
  const magic = Buffer.alloc(4);
  readSync(file, magic, 0, 4, 0);
  closeSync(file);
  if (/\.(pcap|pcapng|cap|ntar|pcap\.gz|pcapng\.gz|cap\.gz|snoop|trc|dmp)$/.test(path)) return true;
  return ['d4c3b2a1', 'a1b2c3d4', '0a0d0d0a', 'a1b23c4d', '4d3cb2a1', 'a1b2cd34', '34cdb2a1'].includes(
    magic.toString('hex'),
  );
}

const numbers = await protocolNumbers();
let next = 0;
let bad = 0;
async function worker() {
  let sharkd = await Sharkd.start(PREFERENCES);
  while (next < files.length) {
    const path = files[next++]!;
    let differences: string[];
    try {
      differences = await compare(path, sharkd, numbers);
    } catch (error) {
      differences = [`trouble: ${(error as Error).stack}`];
      await sharkd.close();
      sharkd = await Sharkd.start(PREFERENCES);
    }
    if (differences.length === 0) continue;
    bad++;
    console.log(`✗ ${path}`);
    for (const line of differences.slice(0, 12)) console.log(`    ${line}`);
    if (differences.length > 12) console.log(`    … ${differences.length} in all`);
  }
  await sharkd.close();
}
await Promise.all([worker(), worker()]);
console.log(`${files.length - bad} passed, ${bad} failed`);
