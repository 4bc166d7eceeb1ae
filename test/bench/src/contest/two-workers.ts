import type { Arena } from '../arena.js';
import { compete, median, medianRatio, rounded, rowsPerSecond } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { together } from '../in-memory/processors.js';

/** Turns of the empty loop per record, so that both take about as long: measured, ten expressions take 6.6 µs. */
const TURNS_PER_RECORD = 1_000;

export const twoWorkers: Contest = {
  name: 'two-workers',
  figures: {
    two_workers_ratio: {
      work: 'ten expressions a record from memory to memory: what a second worker process gains ÷ what a second spinning loop gains',
      atLeast: 0.85,
      aim: 0.95,
    },
    two_spins_gain: { work: 'speed of two spinning loops ÷ that of one' },
    expression_rows_per_s: { work: 'one worker, ten expressions a record', unit: 'rows/s' },
  },
  measure,
};

async function measure(arena: Arena): Promise<Figures> {
  const { rows: records, pairs } = arena.options;
  const map = (processes: number) => () => together(processes, { work: 'map', amount: records });
  const spin = (processes: number) => () => together(processes, { work: 'spin', amount: records * TURNS_PER_RECORD });
  const times = await compete(pairs, { one: map(1), two: map(2), oneSpin: spin(1), twoSpins: spin(2) }, arena.note);
  const gains = times.one.map((one, round) => (2 * one) / times.two[round]!);
  const spinGains = times.oneSpin.map((one, round) => (2 * one) / times.twoSpins[round]!);
  return {
    two_workers_ratio: medianRatio(gains, spinGains),
    two_spins_gain: rounded(median(spinGains)),
    expression_rows_per_s: rowsPerSecond(records, times.one),
  };
}
