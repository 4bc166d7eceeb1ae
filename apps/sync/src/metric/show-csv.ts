import type { StoredResult } from './metric.table.js';

type Cell = string | number | boolean | null;

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * A result as CSV (RFC 4180): a head, then a line for each group; nothing where there is no value. Before a text that a
 * spreadsheet would run as a formula stands an apostrophe.
 */
export function csvOf({ groups, values, rows }: StoredResult): string {
  const lines = [[...groups, ...values], ...rows.map((row) => [...row.keys, ...row.values])];
  return lines.map((line) => `${line.map(cellOf).join(',')}\r\n`).join('');
}

function cellOf(cell: Cell): string {
  if (cell === null) return '';
  const text = typeof cell === 'string' && FORMULA.test(cell) && !isNumber(cell) ? `'${cell}` : String(cell);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Long numbers are texts, so that no digit is lost; a minus before digits is no formula. */
const isNumber = (text: string) => /^-\d+(\.\d+)?$/.test(text);
