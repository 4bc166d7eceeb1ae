import { HELD, type HeldRows } from './hold.js';
import { aboutSubject, bound, isAboutPerson, type SqlRunner, type Subject, subjectParameters } from './subject.js';
import { lookupColumn, type Table, tenantColumn, toSnake } from './table.js';

export interface ErasureOutcome {
  readonly erased: { table: string; rows: number }[];
  readonly kept: { table: string; rows: number; reason: string }[];
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
  const eraser = new Eraser(sql, held);
  for (const one of [...tables].reverse()) {
    await eraser.closeOrganizations(one, subject.closingOrgIds);
    await eraser.eraseRows(one, subject);
    if (eraser.room <= 0) return { erased: eraser.erased, kept: [], isDone: false };
  }
  const { erased, kept } = eraser;
  return { erased, kept, isDone: true };
}

class Eraser {
  readonly erased: { table: string; rows: number }[] = [];
  readonly kept: { table: string; rows: number; reason: string }[] = [];
  room = ERASE_BATCH_ROWS;

  constructor(
    private readonly sql: SqlRunner,
    private readonly held: HeldRows,
  ) {}

  async closeOrganizations(one: Table, orgIds: readonly string[]): Promise<void> {
    const tenant = tenantColumn(one);
    if (!tenant || orgIds.length === 0) return;
    const condition = `${toSnake(tenant)} = any($1::uuid[])`;
    const { onClosure } = one.options;
    if (onClosure) return this.keep(one, condition, [orgIds], onClosure.keep);
    await this.change(one, condition, [orgIds], `delete from ${one.name}`);
  }

  async eraseRows(one: Table, subject: Subject): Promise<void> {
    const about = aboutSubject(one);
    if (!about) return;
    const [condition, parameters] = [bound(about), subjectParameters(subject)];
    const entries = Object.entries(one.columns).filter(isAboutPerson);
    const actions = entries.map(([, { meaning }]) => meaning!.onErase);
    if (actions.includes('delete')) return this.change(one, condition, parameters, `delete from ${one.name}`);
    const blanked = entries
      .filter(([, { meaning }]) => meaning!.onErase === 'blank')
      .flatMap(([key, column]) => [key, ...(column.lookup ? [lookupColumn(key)] : [])])
      .map(toSnake);
    if (blanked.length) {
      const full = blanked.map((name) => `${name} is not null`).join(' or ');
      const sets = blanked.map((name) => `${name} = null`).join(', ');
      return this.change(one, `${condition} and (${full})`, parameters, `update ${one.name} set ${sets}`);
    }
    const reason = actions.find((action) => typeof action === 'object')?.keep;
    if (reason) await this.keep(one, condition, parameters, reason);
  }

  /** Does it to as many rows as there is room for, and notes those that are held. */
  private async change(one: Table, condition: string, given: readonly unknown[], statement: string): Promise<void> {
    if (this.room <= 0) return;
    const parameters = [...given];
    const free = `${condition}${this.held.except(one, parameters)}`;
    const [changed] = await this.sql.query<{ rows: number }>(
      `with changed as (${statement} where ctid = any(array(select ctid from ${one.name} where ${free} limit ${this.room})) returning 1)
       select count(*)::int as rows from changed`,
      parameters,
    );
    const { rows } = changed!;
    this.room -= rows;
    if (rows) this.erased.push({ table: one.name, rows });
    await this.noteHeld(one, condition, given);
  }

  private async noteHeld(one: Table, condition: string, given: readonly unknown[]): Promise<void> {
    const parameters = [...given];
    const held = this.held.condition(one, parameters);
    if (held) await this.keep(one, `${condition} and ${held}`, parameters, HELD);
  }

  private async keep(one: Table, condition: string, parameters: readonly unknown[], reason: string): Promise<void> {
    const [row] = await this.sql.query<{ rows: number }>(
      `select count(*)::int as rows from ${one.name} where ${condition}`,
      parameters,
    );
    if (row!.rows) this.kept.push({ table: one.name, rows: row!.rows, reason });
  }
}
