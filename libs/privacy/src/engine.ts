import { addDuration, type Duration } from '@millrace/kernel';
import type { RetentionKey } from '@millrace/charter';
import type { Column } from './column.js';
import { lookupColumn, type Table, tenantColumn, toSnake } from './table.js';

/** What the engine needs of a database: a query inside a transaction that sees every row of the service. */
export interface SqlRunner {
  query<T = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<T[]>;
}

/** The person in question, see `SubjectKeys` of contracts. */
export interface Subject {
  readonly ids: readonly string[];
  readonly lookups: readonly string[];
  readonly closingOrgIds: readonly string[];
}

export interface Holding {
  readonly table: string;
  readonly rows: Record<string, unknown>[];
}

export interface ErasureOutcome {
  readonly erased: { table: string; rows: number }[];
  readonly kept: { table: string; rows: number; reason: string }[];
}

/** Rows of one table in one page of an export. */
export const EXPORT_PAGE_ROWS = 500;
/** JSON bytes of one page, well below the largest message (900 KiB). */
export const EXPORT_PAGE_BYTES = 512 * 1024;

const isAboutPerson = ([, { classification }]: [string, Column]) =>
  classification === 'personal' || classification === 'pseudonymous';

/** Columns that hold the id of a person: the table's subject and every `of:` of its personal columns. */
function subjectColumns(one: Table): string[] {
  const named = Object.values(one.columns).map((column) => column.meaning?.of);
  return [...new Set([one.options.subject, ...named].filter((name) => name !== undefined))];
}

/** The SQL condition that finds the rows about the subject; undefined for a table that holds nothing about people. */
function aboutSubject(one: Table): string | undefined {
  const byId = subjectColumns(one).map((name) => `${toSnake(name)} = any($1::uuid[])`);
  const byLookup = Object.keys(one.columns)
    .filter((key) => one.columns[key]!.lookup)
    .map((key) => `${toSnake(lookupColumn(key))} = any($2::bytea[])`);
  const conditions = [...byId, ...byLookup];
  return conditions.length ? `(${conditions.join(' or ')})` : undefined;
}

/**
 * What an organization configured and nobody in particular is meant by: mappings, connections, their history. It is in the
 * copy of the person with whom the organization would end.
 */
function ofOrganizations(one: Table): string | undefined {
  const tenant = tenantColumn(one);
  const columns = Object.entries(one.columns);
  const isConfiguration = columns.some(([, column]) => column.classification === 'configuration');
  return tenant && isConfiguration && !columns.some(isAboutPerson) ? `${toSnake(tenant)} = any($3::uuid[])` : undefined;
}

const subjectParameters = (subject: Subject) => [subject.ids, subject.lookups.map((hex) => Buffer.from(hex, 'hex'))];
/** Binds both parameters even where a condition uses one of them. */
const bound = (condition: string) => `($1::uuid[] is not null and $2::bytea[] is not null and ${condition})`;

/**
 * What the tables hold about a person, secrets left out (11 CCR 7024(d)): one page of one table at a time.
 * `cursor` is what the last page gave as `next`.
 */
export async function exportHoldings(
  sql: SqlRunner,
  tables: readonly Table[],
  subject: Subject,
  cursor?: string,
): Promise<{ tables: Holding[]; next?: string }> {
  const [startTable, startOffset] = cursor ? (cursor.split(':').map(Number) as [number, number]) : [0, 0];
  const found: Holding[] = [];
  const room = { rows: EXPORT_PAGE_ROWS, bytes: EXPORT_PAGE_BYTES };
  for (let index = startTable; index < tables.length; index++) {
    const offset = index === startTable ? startOffset : 0;
    const rows = await exportTable(sql, tables[index]!, subject, room.rows, offset);
    const { fitting, bytes } = fit(rows, room.bytes, found.length === 0);
    if (fitting.length) found.push({ table: tables[index]!.name, rows: fitting });
    room.rows -= fitting.length;
    room.bytes -= bytes;
    if (fitting.length < rows.length || room.rows === 0)
      return { tables: found, next: `${index}:${offset + fitting.length}` };
  }
  return { tables: found };
}

/** The first rows that fit into `limit` bytes of JSON; at least one where `needsOne`, so that every page moves on. */
function fit(rows: Record<string, unknown>[], limit: number, needsOne: boolean) {
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row));
    if (bytes + size > limit && !(needsOne && count === 0)) break;
    bytes += size;
    count += 1;
  }
  return { fitting: rows.slice(0, count), bytes };
}

async function exportTable(sql: SqlRunner, one: Table, subject: Subject, limit: number, offset: number) {
  const condition = aboutSubject(one) ?? ofOrganizations(one);
  if (!condition) return [];
  const shown = Object.entries(one.columns).filter(([, column]) => column.classification !== 'secret');
  const primary = Object.keys(one.columns).filter((key) => one.columns[key]!.primary);
  const columns = shown.map(([key]) => `${toSnake(key)} as "${key}"`).join(', ');
  return sql.query(
    `select ${columns} from ${one.name} where ${bound(condition)} and $3::uuid[] is not null
     order by ${primary.map(toSnake).join(', ')} limit ${limit} offset ${offset}`,
    [...subjectParameters(subject), subject.closingOrgIds],
  );
}

/**
 * Erases a person as each column declares, and everything of the organizations that end with them. Safe to repeat.
 * Tables are visited in reverse order of declaration, so that a row goes before what it refers to.
 */
export async function eraseHoldings(
  sql: SqlRunner,
  tables: readonly Table[],
  subject: Subject,
): Promise<ErasureOutcome> {
  const outcome: ErasureOutcome = { erased: [], kept: [] };
  for (const one of [...tables].reverse()) {
    await closeOrganizations(sql, one, subject.closingOrgIds, outcome);
    await eraseRows(sql, one, subject, outcome);
  }
  return outcome;
}

async function closeOrganizations(sql: SqlRunner, one: Table, orgIds: readonly string[], outcome: ErasureOutcome) {
  const tenant = tenantColumn(one);
  if (!tenant || orgIds.length === 0) return;
  const condition = `${toSnake(tenant)} = any($1::uuid[])`;
  const { onClosure } = one.options;
  if (onClosure) return keep(outcome, one, await countRows(sql, one, condition, [orgIds]), onClosure.keep);
  const gone = await sql.query(`delete from ${one.name} where ${condition} returning 1`, [orgIds]);
  if (gone.length) outcome.erased.push({ table: one.name, rows: gone.length });
}

async function eraseRows(sql: SqlRunner, one: Table, subject: Subject, outcome: ErasureOutcome) {
  const condition = aboutSubject(one);
  if (!condition) return;
  const where = bound(condition);
  const parameters = subjectParameters(subject);
  const entries = Object.entries(one.columns).filter(isAboutPerson);
  const actions = entries.map(([, { meaning }]) => meaning!.onErase);
  if (actions.includes('delete')) {
    const gone = await sql.query(`delete from ${one.name} where ${where} returning 1`, parameters);
    if (gone.length) outcome.erased.push({ table: one.name, rows: gone.length });
    return;
  }
  const blanked = entries.filter(([, { meaning }]) => meaning!.onErase === 'blank');
  if (blanked.length) {
    const sets = blanked
      .flatMap(([key, column]) => [key, ...(column.lookup ? [lookupColumn(key)] : [])])
      .map((key) => `${toSnake(key)} = null`);
    const rows = await sql.query(`update ${one.name} set ${sets.join(', ')} where ${where} returning 1`, parameters);
    if (rows.length) outcome.erased.push({ table: one.name, rows: rows.length });
    return;
  }
  const reason = actions.find((action) => typeof action === 'object')?.keep;
  if (reason) keep(outcome, one, await countRows(sql, one, where, parameters), reason);
}

async function countRows(
  sql: SqlRunner,
  one: Table,
  condition: string,
  parameters: readonly unknown[],
): Promise<number> {
  const [row] = await sql.query<{ rows: number }>(
    `select count(*)::int as rows from ${one.name} where ${condition}`,
    parameters,
  );
  return row!.rows;
}

function keep(outcome: ErasureOutcome, one: Table, rows: number, reason: string): void {
  if (rows) outcome.kept.push({ table: one.name, rows, reason });
}

/** How long the charter lets a rule's rows live, and whether anything is to be deleted at the end. */
export type RetentionOf = (rule: RetentionKey) => { readonly keep: Duration } | undefined;

/** At most this many rows of a table go in one statement, so that a sweep never holds locks for long. */
export const SWEEP_BATCH_ROWS = 5_000;

/** Deletes the rows whose period is over at `now`; answers how many of each table went. */
export async function sweepExpired(sql: SqlRunner, tables: readonly Table[], retention: RetentionOf, now: Date) {
  const swept: { table: string; rule: RetentionKey; rows: number }[] = [];
  for (const one of tables) {
    const cutoff = cutoffOf(one, retention, now);
    if (!cutoff) continue;
    const { rule, column, before } = cutoff;
    const gone = await sql.query(
      `delete from ${one.name} where ctid = any(array(select ctid from ${one.name} where ${column} < $1 limit ${SWEEP_BATCH_ROWS})) returning 1`,
      [before],
    );
    if (gone.length) swept.push({ table: one.name, rule, rows: gone.length });
  }
  return swept;
}

/** The oldest row under each rule and how far past its period it is, for the retention probe. */
export async function oldestRows(sql: SqlRunner, tables: readonly Table[], retention: RetentionOf, now: Date) {
  const answers: { table: string; rule: RetentionKey; oldest: string | null; overdue: boolean }[] = [];
  for (const one of tables) {
    const cutoff = cutoffOf(one, retention, now);
    if (!cutoff) continue;
    const [row] = await sql.query<{ oldest: Date | null }>(`select min(${cutoff.column}) as oldest from ${one.name}`);
    const oldest = row?.oldest ?? null;
    answers.push({
      table: one.name,
      rule: cutoff.rule,
      oldest: oldest?.toISOString() ?? null,
      overdue: oldest !== null && oldest < cutoff.before,
    });
  }
  return answers;
}

function cutoffOf(one: Table, retention: RetentionOf, now: Date) {
  if (!('from' in one.options.retention)) return undefined;
  const { rule, from } = one.options.retention;
  const period = retention(rule);
  return period && { rule, column: toSnake(from), before: addDuration(now, period.keep, -1) };
}
