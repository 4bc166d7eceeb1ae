import { parseArgs } from 'node:util';

/** Sizes of the figures in docs/benchmarks.md; a smaller run is a rehearsal and is not written there. */
const DEFAULT_ROWS = 1_000_000;
const DEFAULT_PAIRS = 5;
const DEFAULT_LARGE_ROWS = 10_000_000;

export interface BenchOptions {
  /** Print one JSON object last on the standard output and everything else on the standard error. */
  readonly json: boolean;
  readonly rows: number;
  /** Rounds in which every contestant of a contest runs once. */
  readonly pairs: number;
  /** Rows of the move that shows whether memory stays flat; 0 leaves it out. */
  readonly largeRows: number;
  /** Names of contests or of figures; empty for all. */
  readonly only: readonly string[];
  /** Directory for CPU profiles of the worker. */
  readonly cpuProfiles?: string;
  /** Whether the figures are of the documented sizes. */
  readonly isFull: boolean;
}

/** @throws Error when an option is unknown or is no number */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      rows: { type: 'string', default: String(DEFAULT_ROWS) },
      pairs: { type: 'string', default: String(DEFAULT_PAIRS) },
      'large-rows': { type: 'string', default: String(DEFAULT_LARGE_ROWS) },
      only: { type: 'string', default: '' },
      'cpu-prof': { type: 'string' },
    },
  });
  const rows = wholeNumber('rows', values.rows, 1);
  const pairs = wholeNumber('pairs', values.pairs, 1);
  const largeRows = wholeNumber('large-rows', values['large-rows'], 0);
  return {
    json: values.json,
    rows,
    pairs,
    largeRows,
    only: values.only.split(',').filter((name) => name !== ''),
    ...(values['cpu-prof'] ? { cpuProfiles: values['cpu-prof'] } : {}),
    isFull: rows >= DEFAULT_ROWS && (largeRows === 0 || largeRows >= DEFAULT_LARGE_ROWS),
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least)
    throw new Error(`--${name} must be a whole number of at least ${least}`);
  return number;
}
