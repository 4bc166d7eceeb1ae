import { type CellKind, ConnectorError, hasText } from '@millrace/connector-sdk';
import type { CatalogColumn } from '../catalog/read-catalog.js';
import { columnOf } from '../read/read-statement.js';
import type { FollowedTable } from './followed-table.js';

/** How a cell of the log becomes a cell of the batch. */
export const COPIED = 0;
/** Its text form is made here: for kinds whose text is surely the server's own. */
export const TEXT_HERE = 1;
/** Its text form is asked of the server, batch by batch. */
export const TEXT_ASKED = 2;

/** JavaScript writes some exponents otherwise than PostgreSQL. */
const UNLIKE_THE_SERVER: readonly CellKind[] = ['float4', 'float8'];

export interface PlannedCell {
  readonly field: string;
  readonly column: CatalogColumn;
  /** Index of its column in the relation's tuples; -1 when the log does not tell the column. */
  readonly from: number;
  readonly how: typeof COPIED | typeof TEXT_HERE | typeof TEXT_ASKED;
}

/** A column of a Relation message. */
export interface RelationColumn {
  readonly name: string;
  readonly type: number;
  /** Whether it is told of the old record too. */
  readonly identity: boolean;
}

/** What the feed does with the tuples of one relation: made once for each Relation message. */
export interface RelationPlan {
  readonly table: FollowedTable;
  readonly cells: readonly PlannedCell[];
  /** Indices of the relation's columns that make up the followed key. */
  readonly key: readonly number[];
  /** 1 for each projected cell that belongs to the key. */
  readonly keyCells: Uint8Array;
  /** 1 for each projected cell without which an update is worth nothing. */
  readonly wholeCells: Uint8Array;
  /** 1 for each column of the relation that is told of the old record. */
  readonly identity: Uint8Array;
  /** Whether a projected column is not in the log (it was selected after the change, or dropped). */
  readonly incomplete: boolean;
  /** Whether cells must be turned into text by the server. */
  readonly asks: boolean;
}

export function planRelation(table: FollowedTable, columns: readonly RelationColumn[]): RelationPlan {
  const { followed } = table;
  const indexOf = new Map(columns.map(({ name }, index) => [name, index]));
  for (const { name, type } of columns) {
    const known = table.types.get(name);
    const used = followed.projection.some(({ field }) => field === name);
    if (used && known && known.type !== type)
      throw new ConnectorError('changed-field', { stream: followed.stream, field: name });
  }
  const cells = followed.projection.map(({ field, as }): PlannedCell => {
    const column = columnOf(table.table, field);
    return { field, column, from: indexOf.get(field) ?? -1, how: conversion(column, as, table) };
  });
  const key = followed.key.map((field) => {
    const index = indexOf.get(field);
    if (index === undefined || !columns[index]!.identity)
      throw new ConnectorError('no-replica-identity', { stream: followed.stream });
    return index;
  });
  return {
    table,
    cells,
    key,
    keyCells: Uint8Array.from(cells, ({ field }) => (followed.key.includes(field) ? 1 : 0)),
    wholeCells: Uint8Array.from(cells, ({ field }) => (followed.whole?.includes(field) ? 1 : 0)),
    identity: Uint8Array.from(columns, ({ identity }) => (identity ? 1 : 0)),
    incomplete: cells.some(({ from }) => from < 0),
    asks: cells.some(({ how }) => how === TEXT_ASKED),
  };
}

function conversion(
  { kind, form, name }: CatalogColumn,
  as: 'as-is' | 'text',
  { types }: FollowedTable,
): PlannedCell['how'] {
  // A type without a binary form comes as text anyway.
  if (form === 'cast') return types.get(name)?.binary ? TEXT_ASKED : COPIED;
  if (as === 'as-is' || kind === 'text') return COPIED;
  return hasText(kind) && !UNLIKE_THE_SERVER.includes(kind) ? TEXT_HERE : TEXT_ASKED;
}
