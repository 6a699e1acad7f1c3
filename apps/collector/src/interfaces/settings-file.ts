/** The settings of interfaces in the state directory. */
import { z } from 'zod';
import type { StateDirectory } from '../state-directory.js';
import { NOTHING_SET, type Settings } from './settings.js';

const FILE = 'interfaces.json';
const ASIDE = 'interfaces.unreadable.json';
const MAX_BYTES = 1 << 20;
const MAX_ENTRIES = 1000;

const name = z.string().min(1).max(2000);
const fileSchema = z.strictObject({
  version: z.literal(1),
  mirrored: z.array(name).max(MAX_ENTRIES),
  companions: z.array(z.strictObject({ zmq: name, packets: name })).max(MAX_ENTRIES),
});

/** What was kept; `problem` says why something that was kept does not hold. */
export interface Loaded {
  readonly settings: Settings;
  readonly problem: string | null;
}

/** Never throws: a collector runs without its settings, but says so. What cannot be read is put aside, not lost. */
export async function loadSettings(directory: StateDirectory): Promise<Loaded> {
  let text: string | null;
  try {
    text = await directory.read(FILE, MAX_BYTES);
    if (text === null) return { settings: NOTHING_SET, problem: null };
    const { mirrored, companions } = fileSchema.parse(JSON.parse(text));
    return { settings: { mirrored, companions }, problem: null };
  } catch (error) {
    return { settings: NOTHING_SET, problem: await putAside(directory, error) };
  }
}

async function putAside(directory: StateDirectory, error: unknown): Promise<string> {
  const what = `The settings of interfaces in ${directory.path}/${FILE} cannot be read (${reasonOf(error)})`;
  try {
    await directory.rename(FILE, ASIDE);
    return `${what}; none hold. The file was renamed ${ASIDE}.`;
  } catch {
    return `${what}; none hold, and what is set now replaces it.`;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON';
  if (!(error instanceof z.ZodError)) return (error as Error).message;
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`;
}

/** Rejects when they cannot be kept; what was kept before then still is. */
export async function saveSettings(directory: StateDirectory, settings: Settings): Promise<void> {
  await directory.write(FILE, `${JSON.stringify({ version: 1, ...settings }, null, 2)}\n`);
}
