import { BundleHead, BundleRows } from '@millrace/contracts';
import type { BundleRow } from './row-text.js';

/** The rows of one table in one of the two passes. */
export interface BundleTable {
  readonly pass: BundleRows['pass'];
  readonly context: string;
  readonly table: string;
  /** Rows that were not read when the next table is asked for are passed over. */
  readonly rows: AsyncGenerator<BundleRow>;
}

/** A table whose rows were written as JSON. */
export interface WrittenTable {
  readonly context: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: number;
}

/** What a bundle is, and its tables as they come. */
export interface BundleContent {
  readonly head: BundleHead;
  readonly tables: AsyncGenerator<BundleTable>;
}

/** Reads the parts of a bundle; each holds whole lines. @throws Error for lines that are none of a bundle */
export async function readParts(parts: AsyncIterable<Buffer>): Promise<BundleContent> {
  const lines = linesOf(parts);
  const first = await lines.next();
  const head = BundleHead.parse(first.done ? undefined : first.value);
  return { head, tables: tablesOf(lines) };
}

async function* linesOf(parts: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  for await (const part of parts) {
    for (const line of part.toString('utf8').split('\n')) if (line !== '') yield JSON.parse(line);
  }
}

async function* tablesOf(lines: AsyncGenerator<unknown>): AsyncGenerator<BundleTable> {
  const next = async () => {
    const { done, value } = await lines.next();
    return done ? undefined : BundleRows.parse(value);
  };
  try {
    let line = await next();
    while (line) {
      const { pass, context, table } = line;
      const isSame = (one: BundleRows) => one.pass === pass && one.context === context && one.table === table;
      const rows = async function* (): AsyncGenerator<BundleRow> {
        for (; line && isSame(line); line = await next()) yield* line.rows;
      };
      yield { pass, context, table, rows: rows() };
      while (line && isSame(line)) line = await next();
    }
  } finally {
    await lines.return(undefined);
  }
}
