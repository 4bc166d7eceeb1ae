import { HELD, type HeldRows } from './hold.js';
import { aboutSubject, bound, isAboutPerson, type SqlRunner, type Subject, subjectParameters } from './subject.js';
import { lookupColumn, primaryKey, type Table, tenantColumn, toSnake } from './table.js';

export interface RowCount {
  readonly table: string;
  readonly rows: number;
}

export interface KeptRows extends RowCount {
  readonly reason: string;
}

export interface ErasureOutcome {
  readonly erased: RowCount[];
  readonly kept: KeptRows[];
  /** False when there is more to erase: ask again. */
  readonly isDone: boolean;
}

/** Rows that one call erases at most, so that no transaction lasts for long, however much there is about a person. */
export const ERASE_BATCH_ROWS = 20_000;

/**
 * Erases a person as each column declares, and everything of the organizations that end with them, but for what is held.
 * Safe to repeat; to be repeated until it is done. Tables are visited in reverse order of declaration, so that a row goes
 * before what it refers to.
 */
export async function eraseHoldings(
  sql: SqlRunner,
  tables: readonly Table[],
  subject: Subject,
  held: HeldRows,
): Promise<ErasureOutcome> {
  const [erased, kept]: [RowCount[], KeptRows[]] = [[], []];
  let room = ERASE_BATCH_ROWS;
  for (const step of stepsOf(tables, subject)) {
    const rows = step.statement ? await change(sql, step, held, room) : 0;
    room -= rows;
    if (rows) erased.push({ table: step.table.name, rows });
    if (room <= 0) return { erased, kept: [], isDone: false };
    kept.push(...(await keptBy(sql, step, held)));
  }
  return { erased, kept, isDone: true };
}

/** What an erasure would still find to do, and what stays for which reason. Changes nothing. */
export async function findHoldings(
  sql: SqlRunner,
  tables: readonly Table[],
  subject: Subject,
  held: HeldRows,
): Promise<{ left: RowCount[]; kept: KeptRows[] }> {
  const [left, kept]: [RowCount[], KeptRows[]] = [[], []];
  for (const step of stepsOf(tables, subject)) {
    const rows = step.statement ? await count(sql, step, freeOf(step, held)) : 0;
    if (rows) left.push({ table: step.table.name, rows });
    kept.push(...(await keptBy(sql, step, held)));
  }
  return { left, kept };
}

/** What an erasure does to the rows of one table: to those of a closing organization, or to those about a person. */
export interface ErasureAction {
  readonly table: string;
  readonly does: 'delete' | 'update' | 'keep';
}

/** What an erasure does to each table, as its columns declare; a table that it never looks into is missing. */
export function erasureActions(tables: readonly Table[]): ErasureAction[] {
  const anybody: Subject = { ids: [], lookups: [], closingOrgIds: ['any'] };
  return stepsOf(tables, anybody).map(({ table, statement }) => ({
    table: table.name,
    does: statement === undefined ? 'keep' : statement.startsWith('delete') ? 'delete' : 'update',
  }));
}

/** What is to be done to the rows of one table that a condition finds: a statement, or nothing for a reason. */
interface Step {
  readonly table: Table;
  readonly condition: string;
  readonly parameters: readonly unknown[];
  readonly statement?: string;
  readonly reason?: string;
}

function stepsOf(tables: readonly Table[], subject: Subject): Step[] {
  return [...tables]
    .reverse()
    .flatMap((one) =>
      [closing(one, subject.closingOrgIds), erasing(one, subject)].filter((step) => step !== undefined),
    );
}

function closing(table: Table, orgIds: readonly string[]): Step | undefined {
  const tenant = tenantColumn(table);
  if (!tenant || orgIds.length === 0) return undefined;
  const { onClosure } = table.options;
  const action = onClosure ? { reason: onClosure.keep } : { statement: `delete from ${table.name}` };
  return { table, condition: `${toSnake(tenant)} = any($1::uuid[])`, parameters: [orgIds], ...action };
}

function erasing(table: Table, subject: Subject): Step | undefined {
  const about = aboutSubject(table);
  const plan = personErasure(table);
  if (!about || !plan) return undefined;
  const step = { table, condition: bound(about), parameters: subjectParameters(subject) };
  if (plan.does === 'delete') return { ...step, statement: `delete from ${table.name}` };
  if (plan.does === 'keep') return { ...step, reason: plan.reason };
  const isFull = plan.columns.map((name) => `${name} is not null`).join(' or ');
  const sets = plan.columns.map((name) => `${name} = null`).join(', ');
  const statement = `update ${table.name} set ${sets}`;
  return { ...step, condition: `${step.condition} and (${isFull})`, statement };
}

/** What the erasure of a person does to the rows that are about them; columns by their names in SQL. */
export type PersonErasure =
  | { readonly does: 'delete' }
  | { readonly does: 'blank'; readonly columns: readonly string[] }
  | { readonly does: 'keep'; readonly reason: string };

/** What the columns of a table make of an erasure together; undefined for a table that it never looks into. */
export function personErasure(table: Table): PersonErasure | undefined {
  if (!aboutSubject(table)) return undefined;
  const entries = Object.entries(table.columns).filter(isAboutPerson);
  const actions = entries.map(([, { meaning }]) => meaning!.onErase);
  if (actions.includes('delete')) return { does: 'delete' };
  const columns = entries
    .filter(([, { meaning }]) => meaning!.onErase === 'blank')
    .flatMap(([key, column]) => [key, ...(column.lookup ? [lookupColumn(key)] : [])])
    .map(toSnake);
  if (columns.length) return { does: 'blank', columns };
  const reason = actions.find((action) => typeof action === 'object')?.keep;
  return reason === undefined ? undefined : { does: 'keep', reason };
}

/** The condition of the rows that are not held, with the parameters of both. */
function freeOf({ table, condition, parameters }: Step, held: HeldRows) {
  const all = [...parameters];
  return { condition: `${condition}${held.except(table, all)}`, parameters: all };
}

async function change(sql: SqlRunner, step: Step, held: HeldRows, room: number): Promise<number> {
  const { condition, parameters } = freeOf(step, held);
  const some = (row: string) => `select ${row} from ${step.table.name} where ${condition} limit ${room}`;
  // A place in a table is one of its own in each partition.
  const key = primaryKey(step.table).join(', ');
  const chosen = step.table.options.inDays ? `(${key}) in (${some(key)})` : `ctid = any(array(${some('ctid')}))`;
  const [changed] = await sql.query<{ rows: number }>(
    `with changed as (${step.statement} where ${chosen} returning 1)
     select count(*)::int as rows from changed`,
    parameters,
  );
  return changed!.rows;
}

/** Rows that stay: for the reason that their table declares, or because of a hold. */
async function keptBy(sql: SqlRunner, step: Step, held: HeldRows): Promise<KeptRows[]> {
  const { table, condition, reason } = step;
  const parameters = [...step.parameters];
  const isHeld = reason === undefined ? held.condition(table, parameters) : undefined;
  if (reason === undefined && !isHeld) return [];
  const rows = await count(sql, step, { condition: isHeld ? `${condition} and ${isHeld}` : condition, parameters });
  return rows ? [{ table: table.name, rows, reason: reason ?? HELD }] : [];
}

async function count(
  sql: SqlRunner,
  { table }: Step,
  { condition, parameters }: { readonly condition: string; readonly parameters: readonly unknown[] },
): Promise<number> {
  const [row] = await sql.query<{ rows: number }>(
    `select count(*)::int as rows from ${table.name} where ${condition}`,
    parameters,
  );
  return row!.rows;
}
