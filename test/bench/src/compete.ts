/** Runs once from a fresh start, checks what came of it, and gives the milliseconds that counted. */
export type Contestant = () => Promise<number>;

/** What each contestant took, round by round, in milliseconds. */
export type Times<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Lets contestants run in turn, the first one changing from round to round, since a later one finds a warmer machine. On
 * a shared machine only runs next to each other can be compared.
 */
export async function compete<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, Contestant>>,
  note: (line: string) => void,
): Promise<Times<Name>> {
  const names = Object.keys(contestants) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) times[name].push(await contestants[name]());
    note(`  round ${round + 1}: ${names.map((name) => `${name} ${Math.round(times[name].at(-1)!)} ms`).join(', ')}`);
  }
  return times;
}

/** The median, over the rounds, of `above` divided by `below`. */
export function medianRatio(above: readonly number[], below: readonly number[]): number {
  return rounded(median(above.map((value, round) => value / below[round]!)));
}

/** Rows per second at the median time. */
export function rowsPerSecond(rows: number, times: readonly number[]): number {
  return Math.round((rows / median(times)) * 1_000);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** To three places: the fourth is noise on any machine. */
export const rounded = (value: number) => Math.round(value * 1_000) / 1_000;
