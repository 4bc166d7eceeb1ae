import { type CellKind, findField, type StreamSchema } from '@millrace/connector-sdk';
import type { StreamMapping } from '../document/pipeline-document.js';
import type { Report } from './fault-report.js';
import type { ColumnPlan } from './resolve-column.js';

/** Kinds whose values two systems put in the same order: by the number they encode, or by their bytes. */
const LISTABLE: readonly CellKind[] = [
  'boolean',
  'int2',
  'int4',
  'int8',
  'text',
  'uuid',
  'bytes',
  'date',
  'time',
  'timestamp',
  'timestamptz',
];

/** Padded with blanks, which count for its length and not for its order. */
const PADDED = /^character\(/;

/**
 * Without a log, deletions are found by merging the sorted keys of both sides: so the key must reach the target as it is,
 * and be of a kind that both sides sort alike.
 */
export function checkDeletions(
  mapping: StreamMapping,
  from: StreamSchema,
  columns: readonly ColumnPlan[],
  report: Report,
): void {
  if (mapping.deletes === 'keep' || mapping.read === 'changes') return;
  if (from.capabilities.deletes !== 'key-listing') {
    report(['deletes'], 'This source cannot list its keys in order, so deletions cannot be found. Use deletes: keep.');
    return;
  }
  for (const [position, name] of mapping.key.entries()) {
    const plan = columns.find(({ column }) => column.name === name);
    if (!plan) continue;
    const { origin, column } = plan;
    const field = origin.way === 'copy' ? findField(from, origin.read.field) : undefined;
    if (field?.kind !== column.kind || !LISTABLE.includes(column.kind) || PADDED.test(field.sourceType))
      report(
        ['key', position],
        'Deletions are found by comparing sorted keys, so the key must go to the target as it is and be a whole number, text, date, time or UUID. Choose such a key, read: changes, or deletes: keep.',
      );
  }
}
