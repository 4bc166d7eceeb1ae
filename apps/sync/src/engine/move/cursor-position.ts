import { castBetween, type CellKind, cellText, Slab } from '@millrace/connector-sdk';
import { addDuration } from '@millrace/kernel';

/** How far before the last position an incremental run starts: milliseconds for times, a number for numbers. */
export interface Lookback {
  readonly amount: bigint;
}

/**
 * For changes that were committed after a later one had been read: a long transaction, or a sequence whose numbers are
 * drawn before the commit. Rereading costs little, since records that did not change are not written.
 */
export const DEFAULT_LOOKBACK: Partial<Record<CellKind, string | number>> = {
  timestamp: 'PT5M',
  timestamptz: 'PT5M',
  date: 'P1D',
  int2: 1_000,
  int4: 1_000,
  int8: 1_000,
};

const MS_PER_DAY = 86_400_000n;
const EPOCH = new Date(0);

/** Units of a cell's integer per unit of a look-back; and whether a look-back in milliseconds is rounded up to it. */
const SCALE: Partial<Record<CellKind, (amount: bigint) => bigint>> = {
  timestamp: (ms) => ms * 1_000n,
  timestamptz: (ms) => ms * 1_000n,
  date: (ms) => (ms + MS_PER_DAY - 1n) / MS_PER_DAY,
  int2: (amount) => amount,
  int4: (amount) => amount,
  int8: (amount) => amount,
};

export function lookbackOf(lookback: string | number): Lookback {
  if (typeof lookback === 'number') return { amount: BigInt(lookback) };
  return { amount: BigInt(addDuration(EPOCH, lookback).getTime()) };
}

/** Whether a cursor of this kind can be moved back by this look-back. */
export function isMeasurable(kind: CellKind, lookback: string | number): boolean {
  const usual = DEFAULT_LOOKBACK[kind];
  return lookback === 0 || (usual !== undefined && typeof usual === typeof lookback);
}

/** The cursor's value less the look-back, in text form; infinite values and kinds that cannot be moved stay as they are. */
export function moveBack(kind: CellKind, text: string, { amount }: Lookback): string {
  const scale = SCALE[kind];
  const parse = castBetween('text', kind);
  if (amount === 0n || !scale || !parse) return text;
  const cell = new Slab(64);
  const bytes = Buffer.from(text);
  if (parse(bytes, 0, bytes.length, cell) !== undefined) return text;
  const size = cell.end - 4;
  const value = readInteger(cell.bytes, size);
  const smallest = -(1n << BigInt(size * 8 - 1));
  const infinite = kind !== 'int2' && kind !== 'int4' && kind !== 'int8' && (value === smallest || value === ~smallest);
  if (infinite) return text;
  const moved = value - scale(amount);
  // The smallest value of a date or a time means minus infinity: everything.
  writeInteger(cell.bytes, size, moved < smallest ? smallest : moved);
  const result = cellText(kind, cell.bytes, 4, size);
  cell.wipe();
  return result;
}

function readInteger(bytes: Buffer, size: number): bigint {
  return size === 8 ? bytes.readBigInt64BE(4) : BigInt(bytes.readIntBE(4, size));
}

function writeInteger(bytes: Buffer, size: number, value: bigint): void {
  if (size === 8) bytes.writeBigInt64BE(value, 4);
  else bytes.writeIntBE(Number(value), 4, size);
}
