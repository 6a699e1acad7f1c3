/** Measuring several ways of doing the same on a noisy machine. */

export interface Summary {
  readonly median: number;
  readonly minimum: number;
  /** 95 % of the rounds lie between. */
  readonly low: number;
  readonly high: number;
}

/**
 * Takes the ways by turns, so that all meet the same neighbours, each round beginning with another one. Gives the
 * values of each, by round.
 */
export async function byTurns(
  rounds: number,
  ways: readonly (() => number | Promise<number>)[],
): Promise<number[][]> {
  const values: number[][] = ways.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < ways.length; turn += 1) {
      const way = (round + turn) % ways.length;
      values[way]!.push(await ways[way]!());
    }
  }
  return values;
}

/** Two ways by turns; the lowest of each: noise only ever adds. */
export async function interleaved(
  rounds: number,
  first: () => number | Promise<number>,
  second: () => number | Promise<number>,
): Promise<[number, number]> {
  const [a, b] = await byTurns(rounds, [first, second]);
  return [Math.min(...a!), Math.min(...b!)];
}

export function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return { median: at(0.5), minimum: sorted[0]!, low: at(0.025), high: at(0.975) };
}

/** Of each round's second value to its first: the two met the same moment of the machine. */
export function ratios(first: readonly number[], second: readonly number[]): Summary {
  return summary(first.map((value, round) => second[round]! / value));
}
