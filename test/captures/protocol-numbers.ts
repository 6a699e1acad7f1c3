/** Numbers of IP's protocols by the text that Wireshark shows instead; the lowest where one text stands for many. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** All values of all of Wireshark's fields, of which these are some hundred among a million lines. */
export async function protocolNumbers(): Promise<Map<string, number>> {
  const numbers = new Map<string, number>();
  const tshark = spawn('tshark', ['-G', 'values'], { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: tshark.stdout })) {
    if (!line.startsWith('V\tip.proto\t')) continue;
    const [, , number, text] = line.split('\t');
    if (!numbers.has(text!)) numbers.set(text!, Number(number));
  }
  return numbers;
}
