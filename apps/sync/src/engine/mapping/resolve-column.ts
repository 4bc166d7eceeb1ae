import { castBetween, type CellKind, type FieldSchema, type TargetColumn } from '@millrace/connector-sdk';
import type { CastType, CopiedField } from '../document/field-mapping.js';

export const CAST_KINDS: Record<CastType, CellKind> = {
  text: 'text',
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  real: 'float4',
  double: 'float8',
  numeric: 'numeric',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'jsonb',
};

/** Widenings that lose nothing and therefore need no word in the document. */
const LOSSLESS: Partial<Record<CellKind, readonly CellKind[]>> = {
  int2: ['int4', 'int8', 'float4', 'float8', 'numeric'],
  int4: ['int8', 'float8', 'numeric'],
  int8: ['numeric'],
  float4: ['float8'],
};

/** How one target column gets its cells. */
export interface ColumnPlan {
  readonly field: CopiedField;
  readonly column: TargetColumn;
  /** The kind in which the source sends the cell. */
  readonly readKind: CellKind;
  readonly as: 'as-is' | 'text';
}

export type ColumnResolution =
  { readonly plan: ColumnPlan; readonly fault?: undefined } | { readonly fault: ColumnFault };

export interface ColumnFault {
  /** The document's property that must change. */
  readonly at: 'from' | 'to' | 'cast' | 'hash';
  readonly message: string;
}

/** Decides how `field` goes from `source` to the target column `existing` (undefined when it will be created). */
export function resolveColumn(
  field: CopiedField,
  source: FieldSchema,
  existing: FieldSchema | undefined,
): ColumnResolution {
  if (field.hash && field.cast) {
    return { fault: { at: 'hash', message: 'A hashed field is always text. Leave out "cast" or "hash".' } };
  }
  const wanted = wantedKind(field, source, existing);
  const as = wanted === 'text' && source.kind !== 'text' ? 'text' : 'as-is';
  const readKind = as === 'text' ? 'text' : source.kind;
  if (readKind !== wanted && !castBetween(readKind, wanted)) return { fault: impossible(field, source, existing) };
  const fault = existing && unfit(field, source, existing, wanted);
  if (fault) return { fault };
  const unchanged = !field.hash && wanted === source.kind;
  const column = {
    name: field.to ?? field.from,
    kind: wanted,
    sourceType: unchanged ? source.sourceType : '',
    nullable: source.nullable || field.onCastFailure === 'null',
  };
  return { plan: { field, column, readKind, as } };
}

function wantedKind(field: CopiedField, source: FieldSchema, existing: FieldSchema | undefined): CellKind {
  if (field.hash) return 'text';
  if (field.cast) return CAST_KINDS[field.cast];
  return existing && LOSSLESS[source.kind]?.includes(existing.kind) ? existing.kind : source.kind;
}

function impossible(field: CopiedField, source: FieldSchema, existing: FieldSchema | undefined): ColumnFault {
  const to = field.cast ?? existing?.sourceType;
  return {
    at: 'cast',
    message: `A field of type ${source.sourceType} cannot be cast to ${to}. Cast it to text, or leave the cast out.`,
  };
}

function unfit(
  field: CopiedField,
  source: FieldSchema,
  existing: FieldSchema,
  wanted: CellKind,
): ColumnFault | undefined {
  const { sourceType } = existing;
  if (existing.generated) {
    return { at: 'to', message: `The target computes this column itself. Drop the field or name another column.` };
  }
  const sameKind = existing.kind === wanted && (wanted !== 'native' || sourceType === source.sourceType);
  if (!sameKind) {
    const given = field.hash
      ? 'the hash is text'
      : field.cast
        ? `the cast gives ${field.cast}`
        : `the field is ${source.sourceType}`;
    const known = Object.entries(CAST_KINDS).find(([, kind]) => kind === existing.kind)?.[0];
    const hint = field.hash || !known ? 'Name another column.' : `Add "cast: ${known}" or name another column.`;
    return { at: field.cast ? 'cast' : 'to', message: `The target column is ${sourceType}, but ${given}. ${hint}` };
  }
  if (!field.cast && !field.hash && narrower(source.sourceType, sourceType)) {
    return {
      at: 'to',
      message: `The target column is ${sourceType}, which would round values of ${source.sourceType}. Widen it, or add a cast to accept that.`,
    };
  }
  return undefined;
}

/** Whether a type of the same kind would silently round: fewer digits after the point, or coarser time. */
function narrower(source: string, target: string): boolean {
  return roundsTo(target) < roundsTo(source);
}

/** Digits kept after the point; infinity without a limit. */
function roundsTo(type: string): number {
  const numeric = /^numeric\(\d+(?:,(-?\d+))?\)/.exec(type);
  if (numeric) return Number(numeric[1] ?? 0);
  const temporal = /^(?:time|timestamp|interval[a-z ]*)\s*\((\d)\)/.exec(type);
  return temporal ? Number(temporal[1]) : Infinity;
}
