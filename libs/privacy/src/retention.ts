import type { RetentionKey } from '@millrace/charter';
import { addDuration, type Duration } from '@millrace/kernel';
import type { HeldRows } from './hold.js';
import type { SqlRunner } from './subject.js';
import { type Table, toSnake } from './table.js';

/** How long the charter lets a rule's rows live, and whether anything is to be deleted at the end. */
export type RetentionOf = (rule: RetentionKey) => { readonly keep: Duration } | undefined;

/** At most this many rows of a table go in one statement, so that a sweep never holds locks for long. */
export const SWEEP_BATCH_ROWS = 5_000;

/**
 * The index on the instant gives the rows in order, however little the server knows about the table: it would otherwise
 * gather and sort everything that is due, with each batch anew.
 */
const IN_ORDER = `select set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true),
  set_config('enable_seqscan', 'off', true)`;

/** Where a sweep stands in one table. */
export interface SweepStep {
  readonly rows: number;
  /** Where the next batch begins; undefined when nothing is left that is due and free. */
  readonly next?: Date;
}

/** A table that a rule ends rows of, and how. */
export interface Due {
  readonly table: Table;
  readonly rule: RetentionKey;
  /** The instant that the period runs from, in SQL. */
  readonly column: string;
  /** Rows from before are due. */
  readonly before: Date;
}

/** The tables whose rows end by a rule that the charter binds, as things stand at `now`. */
export function dueTables(tables: readonly Table[], retention: RetentionOf, now: Date): Due[] {
  return tables.flatMap((table) => {
    if (!('from' in table.options.retention)) return [];
    const { rule, from } = table.options.retention;
    const period = retention(rule);
    return period ? [{ table, rule, column: toSnake(from), before: addDuration(now, period.keep, -1) }] : [];
  });
}

/**
 * Deletes one batch of rows whose period is over and that are not held, the oldest first; `from` is where the batch before
 * ended, so that rows that are held are passed over once and not with every batch.
 */
export async function sweepBatch(
  sql: SqlRunner,
  { table: { name }, table, column, before }: Due,
  held: HeldRows,
  from: Date | undefined,
): Promise<SweepStep> {
  await sql.query(IN_ORDER);
  const parameters: unknown[] = [before, from ?? '-infinity'];
  const free = held.except(table, parameters);
  const [step] = await sql.query<{ rows: number; next: Date | null }>(
    `with due as (
       select ctid, ${column} as since from ${name} where ${column} < $1 and ${column} >= $2::timestamptz${free}
       order by ${column} limit ${SWEEP_BATCH_ROWS}
     ), gone as (delete from ${name} where ctid = any(array(select ctid from due)) returning 1)
     select (select count(*)::int from gone) as rows, (select max(since) from due) as next`,
    parameters,
  );
  const { rows, next } = step!;
  return rows === SWEEP_BATCH_ROWS && next ? { rows, next } : { rows };
}

/** The oldest row under each rule that no hold keeps, and whether its period is over, for the retention probe. */
export async function oldestRows(
  sql: SqlRunner,
  tables: readonly Table[],
  retention: RetentionOf,
  held: HeldRows,
  now: Date,
) {
  const answers: { table: string; rule: RetentionKey; oldest: string | null; overdue: boolean }[] = [];
  for (const { table, rule, column, before } of dueTables(tables, retention, now)) {
    const parameters: unknown[] = [];
    const free = held.except(table, parameters);
    const [row] = await sql.query<{ oldest: Date | null }>(
      `select min(${column}) as oldest from ${table.name} where true${free}`,
      parameters,
    );
    const oldest = row?.oldest ?? null;
    const overdue = oldest !== null && oldest < before;
    answers.push({ table: table.name, rule, oldest: oldest?.toISOString() ?? null, overdue });
  }
  return answers;
}
