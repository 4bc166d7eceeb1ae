import type { CellKind } from './cell-kind.js';

/** Widenings that lose nothing, by kind. */
export const WIDER_KINDS: Partial<Record<CellKind, readonly CellKind[]>> = {
  int2: ['int4', 'int8', 'float4', 'float8', 'numeric'],
  int4: ['int8', 'float8', 'numeric'],
  int8: ['numeric'],
  float4: ['float8'],
};

interface Typed {
  readonly kind: CellKind;
  /** The type with its modifiers, such as `numeric(10,2)`; empty when only the kind is known. */
  readonly sourceType: string;
}

/** Whether a column of type `from` that becomes `to` keeps every value that it has, and can hold more than before. */
export function widens(from: Typed, to: Typed): boolean {
  if (from.kind !== to.kind) {
    const modifiers = MODIFIERS[to.kind]?.(to.sourceType);
    // A number with a limit of digits may be too short for what the integer held.
    return (
      (WIDER_KINDS[from.kind]?.includes(to.kind) ?? false) && (modifiers ?? []).every((limit) => limit === Infinity)
    );
  }
  const [before, after] = [MODIFIERS[from.kind]?.(from.sourceType), MODIFIERS[to.kind]?.(to.sourceType)];
  if (!before || !after) return false;
  return after.every((limit, index) => limit >= before[index]!) && after.some((limit, index) => limit > before[index]!);
}

/** Whether a type of the same kind would silently round: fewer digits after the point, or coarser time. */
export function rounds(from: string, to: string): boolean {
  return fractionOf(to) < fractionOf(from);
}

/** Digits kept after the point; infinity without a limit. */
function fractionOf(type: string): number {
  return numericLimits(type)?.[1] ?? temporalLimits(type)?.[0] ?? Infinity;
}

/** What a type's modifiers limit, each in the same place for types of one kind; undefined for a type of another family. */
const MODIFIERS: Partial<Record<CellKind, (type: string) => readonly number[] | undefined>> = {
  numeric: numericLimits,
  text: textLimits,
  time: temporalLimits,
  timetz: temporalLimits,
  timestamp: temporalLimits,
  timestamptz: temporalLimits,
};

/** Digits before and after the point. */
function numericLimits(type: string): readonly [number, number] | undefined {
  const found = /^numeric(?:\((\d+)(?:,(-?\d+))?\))?$/.exec(type);
  if (!found) return undefined;
  if (found[1] === undefined) return [Infinity, Infinity];
  const scale = Number(found[2] ?? 0);
  return [Number(found[1]) - scale, scale];
}

/** Characters. Blank-padded texts and enumerations are other things than texts that may grow. */
function textLimits(type: string): readonly [number] | undefined {
  const found = /^(?:text|character varying(?:\((\d+)\))?)$/.exec(type);
  return found ? [found[1] === undefined ? Infinity : Number(found[1])] : undefined;
}

/** Digits of a second's fraction; six at most (PostgreSQL documentation, 8.5). */
function temporalLimits(type: string): readonly [number] | undefined {
  const found = /^(?:time|timestamp|interval[a-z ]*?) ?(?:\((\d)\))?(?: with(?:out)? time zone)?$/.exec(type);
  return found ? [found[1] === undefined ? 6 : Number(found[1])] : undefined;
}
