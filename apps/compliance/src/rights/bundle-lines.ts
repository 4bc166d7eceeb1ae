import { type BundleHead, type BundleRows, contextNames } from '@millrace/contracts';
import { type CopyPlace, isAtEnd, type Page } from './copy-text.js';

const line = (content: BundleHead | BundleRows) => `${JSON.stringify(content)}\n`;

/** The lines of a bundle up to its first service. */
export const beginning = (head: BundleHead): string => line(head);

/** A page as further lines, and the place after it: after the last service every one of them comes once more. */
export function pageOf({ tables, next }: Page, place: CopyPlace): { text: string; place: CopyPlace } {
  const { caseId, context: index, pass = 'json' } = place;
  const context = contextNames[index]!;
  const text = tables
    .map(({ table, rows }) => line({ pass, context, table, rows: rows as BundleRows['rows'] }))
    .join('');
  const rows = place.rows + tables.reduce((sum, one) => sum + one.rows.length, 0);
  if (next !== undefined) return { text, place: { caseId, context: index, cursor: next, rows, pass } };
  const then: CopyPlace = { caseId, context: index + 1, rows, pass };
  return { text, place: isAtEnd(then) && pass === 'json' ? { caseId, context: 0, rows, pass: 'csv' } : then };
}
