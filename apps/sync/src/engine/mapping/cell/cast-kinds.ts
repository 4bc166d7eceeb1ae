import type { CellKind } from '@millrace/connector-sdk';
import type { CastType } from '../../document/cast-type.js';

/** The kind of cell behind each type that a document may name. */
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

/** The word for a kind in documents; undefined for kinds that nothing can be cast to. */
export function castTypeOf(kind: CellKind): CastType | undefined {
  return Object.entries(CAST_KINDS).find(([, known]) => known === kind)?.[0] as CastType | undefined;
}

/** How a kind is called in messages. */
export function kindName(kind: CellKind): string {
  return castTypeOf(kind) ?? kind;
}
