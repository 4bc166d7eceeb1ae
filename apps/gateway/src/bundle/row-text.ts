import canonicalize from 'canonicalize';

export type BundleRow = Readonly<Record<string, unknown>>;

/** About as much text is handed on at once; a piece for each row would cost more than what is in it. */
const PIECE_LENGTH = 32 * 1024;
/** What a spreadsheet may take for a formula at the beginning of a cell (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** The columns of a table's rows, sorted: every row of a table has the same. */
export const columnsOf = (row: BundleRow): string[] => Object.keys(row).sort();

/** Rows as one JSON array, a row on each line in RFC 8785 canonical form: equal rows give equal bytes. */
export async function* jsonText(rows: AsyncIterable<BundleRow>): AsyncGenerator<string> {
  let isFirst = true;
  let piece = '[';
  for await (const row of rows) {
    piece += `${isFirst ? '\n' : ',\n'}${canonicalize(row)}`;
    isFirst = false;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}\n]\n`;
}

/** Rows as CSV (RFC 4180) under a row of their columns; what is neither text nor a number is in it as JSON, null as nothing. */
export async function* csvText(columns: readonly string[], rows: AsyncIterable<BundleRow>): AsyncGenerator<string> {
  let piece = lineOf(columns);
  for await (const row of rows) {
    piece += lineOf(columns.map((column) => row[column]));
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

const lineOf = (cells: readonly unknown[]): string => `${cells.map(cellOf).join(',')}\r\n`;

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  // A negative number is no formula, whatever it begins with.
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : canonicalize(value)!;
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
