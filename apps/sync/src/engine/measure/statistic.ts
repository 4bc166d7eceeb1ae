import { LogCollapsingLowestDenseDDSketch } from '@datadog/sketches-js';
import type { CellKind } from '@millrace/connector-sdk';
import { compareDecimals, type Decimal } from '../mapping/decimal/decimal.js';
import { DistinctCount } from './distinct-count.js';
import type { FoldBudget } from './fold-budget.js';
import { decimalOf, newReading, type NumberReading, type ReadNumber } from './number-reading.js';
import type { RowCells } from './row-cells.js';
import { type MeasuredValue, nearest } from './show-value.js';
import { ExactSum, FloatSum } from './sum.js';
import { printOf } from './value-print.js';

/** One statistic of one group while records are folded into it. */
export interface Accumulator {
  /** Whether the record had something for it. @throws TooWide */
  add(row: RowCells): boolean;
  /** One value per column of the result. */
  results(): readonly MeasuredValue[];
}

/** Makes the accumulator of a group. @throws TooWide */
export type Statistic = (budget: FoldBudget) => Accumulator;

/** The numbers that a statistic is about, and how what comes of them is shown. */
export interface MeasuredNumber {
  readonly read: ReadNumber;
  readonly isFloat: boolean;
  /** Shows an exact number in what `read` counts. */
  readonly show: (exact: Decimal) => MeasuredValue;
  /** What one unit of the result is in what `read` counts: 1, or the microseconds of a duration's unit. */
  readonly unit: number;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export const sum =
  ({ read, isFloat, show }: MeasuredNumber): Statistic =>
  () => {
    const total = isFloat ? new FloatSum() : new ExactSum();
    const reading = newReading();
    let given = false;
    return {
      add: (row) => {
        if (!read(row, reading)) return false;
        given = true;
        total.add(reading);
        return true;
      },
      results: () => [given ? shown(total, show) : null],
    };
  };

function shown(total: ExactSum | FloatSum, show: MeasuredNumber['show']): MeasuredValue {
  return total instanceof FloatSum ? finite(total.total) : show(total.total);
}

export const average =
  ({ read, isFloat, unit }: MeasuredNumber): Statistic =>
  () => {
    const total = isFloat ? new FloatSum() : new ExactSum();
    const reading = newReading();
    let count = 0;
    return {
      add: (row) => {
        if (!read(row, reading)) return false;
        count++;
        total.add(reading);
        return true;
      },
      results: () => {
        const whole = total instanceof FloatSum ? total.total : nearest(total.total);
        return [count === 0 ? null : finite(whole / count / unit)];
      },
    };
  };

/** Doubles that differ by less than this part of themselves may stand for exact numbers in the other order. */
const DOUBT = 1e-12;

const extreme =
  (sign: 1 | -1) =>
  ({ read, isFloat, show }: MeasuredNumber): Statistic =>
  () => {
    const reading = newReading();
    let best: NumberReading | undefined;
    const isBetter = (one: NumberReading): boolean => {
      if (!best) return true;
      const difference = one.approximate - best.approximate;
      const isSure = isFloat || Math.abs(difference) > DOUBT * Math.abs(best.approximate);
      return (isSure ? difference : compareDecimals(decimalOf(one), decimalOf(best))) * sign > 0;
    };
    return {
      add: (row) => {
        if (!read(row, reading)) return false;
        if (isBetter(reading)) best = { ...reading };
        return true;
      },
      results: () => [!best ? null : isFloat ? best.approximate : show(decimalOf(best))],
    };
  };

export const min = extreme(-1);
export const max = extreme(1);

/** Of the exact value; see https://www.vldb.org/pvldb/vol12/p2195-masson.pdf */
const RELATIVE_ERROR = 0.01;
/** Bins of 2% each: values from one to a billion have one of their own; below that the least ones share one. */
const MAX_BINS = 1_024;

export const percentile =
  ({ read, unit }: MeasuredNumber, places: readonly number[]): Statistic =>
  (budget) => {
    budget.takeSketch();
    const sketch = new LogCollapsingLowestDenseDDSketch({ relativeAccuracy: RELATIVE_ERROR, binLimit: MAX_BINS });
    const reading = newReading();
    return {
      add: (row) => {
        if (!read(row, reading)) return false;
        sketch.accept(reading.approximate);
        return true;
      },
      results: () =>
        places.map((place) => (sketch.count === 0 ? null : finite(sketch.getValueAtQuantile(place) / unit))),
    };
  };

/** The bytes by which the values of a column are told apart: their own, but of a decimal number its shortest text. */
export function printer(cell: number, kind: CellKind, textOf: (row: RowCells) => MeasuredValue) {
  if (kind === 'numeric')
    return (row: RowCells): number => {
      const text = Buffer.from(String(textOf(row)));
      return printOf(text, 0, text.length);
    };
  return ({ bytes, starts, lengths }: RowCells): number => printOf(bytes, starts[cell]!, lengths[cell]!);
}

export const distinct =
  (cell: number, print: (row: RowCells) => number): Statistic =>
  (budget) => {
    const values = new DistinctCount(budget);
    return {
      add: (row) => {
        if (row.lengths[cell]! < 0) return false;
        values.add(print(row));
        return true;
      },
      results: () => [values.count],
    };
  };
