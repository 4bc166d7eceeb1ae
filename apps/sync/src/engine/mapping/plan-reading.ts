import {
  type CellKind,
  type FieldFilter,
  findField,
  hasText,
  type ProjectedField,
  type StreamSchema,
} from '@millrace/connector-sdk';
import { type CursorReading, filterOf } from '../document/stream-reading.js';
import { KEYED, type StreamMapping } from '../document/pipeline-document.js';
import { DEFAULT_LOOKBACK, isMeasurable, type Lookback, lookbackOf } from '../move/cursor-position.js';
import type { Report } from './fault-report.js';
import { projectionOf, readsOf } from './plan-columns.js';
import type { ColumnPlan } from './resolve-column.js';

/** How a stream is read incrementally: in the order of the cursor, ties in the order of the key. */
export interface CursorPlan {
  readonly field: string;
  readonly kind: CellKind;
  readonly lookback: Lookback;
  /** Whether the source knows no order by key, so that also the first run goes by the cursor. */
  readonly onlyOrder: boolean;
}

/** In what order a stream is read and what of it. */
export interface ReadingPlan {
  /** One per column that is not computed, then those that only computed columns use, then those for the position. */
  readonly projection: readonly ProjectedField[];
  readonly readKey: readonly string[];
  readonly uniqueKey: boolean;
  /** Whether the source's own order is followed, with an empty key. */
  readonly ownOrder: boolean;
  readonly filter: readonly FieldFilter[];
  readonly cursor?: CursorPlan;
}

/** Whether a field can be a position: its text form is exact and can be given back to the source. */
type Selected = (field: string) => boolean;

/**
 * Decides the order: by a key that is surely unique if all of it is selected, otherwise by the mapping's own. A stream
 * without either is read in no order, which a `replace` alone can bear, because it can start over.
 */
export function planReading(
  mapping: StreamMapping,
  from: StreamSchema,
  columns: readonly ColumnPlan[],
  report: Report,
): ReadingPlan {
  const open = columns.filter(({ hides }) => !hides).flatMap((column) => readsOf(column).map(({ field }) => field));
  const selected: Selected = (name) => open.includes(name) && findField(from, name)?.nullable === false;
  const unique = [from.primaryKey, ...from.uniqueKeys].find((key) => key.length > 0 && key.every(selected));
  const ownOrder = from.capabilities.ownOrder === true && typeof mapping.read !== 'object';
  const readKey = ownOrder ? [] : (unique ?? mappedKey(mapping, columns));
  if (!ownOrder) checkOrder(mapping, readKey, columns, report);
  checkConditions(mapping, from, report);
  if (mapping.read === 'changes') checkLog(mapping, from, report);
  const cursor = typeof mapping.read === 'object' ? planCursor(mapping, mapping.read, from, open, report) : undefined;
  if (cursor && !unique)
    report(
      ['read', 'cursor'],
      'Records of equal cursor are told apart by the source’s primary key. Select all of it, or read: full.',
    );
  const projection = projectionOf(columns);
  for (const field of cursor ? [cursor.field, ...readKey] : readKey) {
    const shown = columns.some(({ origin }) => {
      if (origin.way === 'computed' || origin.read.field !== field) return false;
      return origin.read.as === 'text' || hasText(origin.read.kind);
    });
    if (!shown) projection.push({ field, as: 'text' });
  }
  return {
    projection,
    readKey,
    uniqueKey: unique !== undefined,
    ownOrder,
    filter: mapping.where.map(filterOf),
    ...(cursor ? { cursor } : {}),
  };
}

function mappedKey(mapping: StreamMapping, columns: readonly ColumnPlan[]): string[] {
  return mapping.key.flatMap((name) => {
    const column = columns.find((candidate) => candidate.column.name === name);
    return column && !column.hides && column.origin.way !== 'computed' ? [column.origin.read.field] : [];
  });
}

function checkOrder(
  mapping: StreamMapping,
  readKey: readonly string[],
  columns: readonly ColumnPlan[],
  report: Report,
): void {
  if (readKey.length > 0 || mapping.mode === 'replace') return;
  if (KEYED.includes(mapping.mode)) {
    const computed = columns.some(
      ({ column, origin }) => mapping.key.includes(column.name) && origin.way === 'computed',
    );
    if (computed)
      report(['key'], 'The key is computed, and no unique key of the source is selected to read it by. Select one.');
    return;
  }
  report(
    ['fields'],
    'Nothing selected identifies a record, so a run that was interrupted could not go on where it stopped. Select the primary key, name a key, or use mode: replace.',
  );
}

function checkConditions(mapping: StreamMapping, from: StreamSchema, report: Report): void {
  if (mapping.where.length > 0 && from.capabilities.filter === 'none')
    report(['where'], 'This source cannot leave records out by itself. Take the conditions away.');
  for (const [position, { field }] of mapping.where.entries()) {
    const source = findField(from, field);
    if (!source) report(['where', position, 'field'], 'The stream has no such field. Correct the name.');
    else if (source.kind === 'json')
      report(['where', position, 'field'], 'JSON cannot be compared at the source. Choose another field.');
  }
}

/** A log cannot be asked for some of its records. */
function checkLog(mapping: StreamMapping, from: StreamSchema, report: Report): void {
  if (!from.capabilities.read.includes('log'))
    report(['read'], 'Changes of this stream are not in a log. Name a table, or use read: full.');
  if (mapping.where.length > 0)
    report(['where'], 'The log tells of every record. Leave the conditions out, or use read: full.');
}

function planCursor(
  mapping: StreamMapping,
  reading: CursorReading,
  from: StreamSchema,
  open: readonly string[],
  report: Report,
): CursorPlan | undefined {
  const field = findField(from, reading.cursor);
  const fault = (message: string) => report(['read', 'cursor'], message);
  if (!field) {
    fault('The stream has no such field. Correct the name.');
    return undefined;
  }
  if (!from.capabilities.read.includes('cursor')) fault('This source cannot be read by a cursor. Use read: full.');
  const { cursorFields, ordered } = from.capabilities;
  if (cursorFields && !cursorFields.includes(field.name))
    fault(`This source can be read by ${cursorFields.join(' or ') || 'no cursor'} only.`);
  if (!ordered && mapping.mode === 'append')
    fault('This source tells no order among equal cursors, so appending could add one twice. Use mode: upsert.');
  if (field.nullable)
    fault('The source allows null here, and a record without a cursor would never be seen. Choose another field.');
  if (!open.includes(field.name)) fault('The cursor is not selected. Name it among the fields, and do not hide it.');
  if (reading.lookback !== undefined && !isMeasurable(field.kind, reading.lookback))
    report(
      ['read', 'lookback'],
      `A cursor of type ${field.sourceType} needs ${lookbackHint(field.kind)} as its look-back.`,
    );
  const appends = mapping.mode === 'append';
  if (appends && reading.lookback)
    report(
      ['read', 'lookback'],
      'Appending would add the records of the look-back again. Leave it out or use mode: upsert.',
    );
  const lookback = appends ? 0 : (reading.lookback ?? DEFAULT_LOOKBACK[field.kind] ?? 0);
  return { field: field.name, kind: field.kind, lookback: lookbackOf(lookback), onlyOrder: !ordered };
}

function lookbackHint(kind: CellKind): string {
  const usual = DEFAULT_LOOKBACK[kind];
  if (usual === undefined) return 'no value, or 0,';
  return typeof usual === 'string' ? 'a duration such as PT5M' : 'a number such as 1000';
}
