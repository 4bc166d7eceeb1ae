import { aboutSubject, bound } from './subject.js';
import { primaryKey, type Table, tenantColumn, toSnake } from './table.js';

/** What stays whatever erasure and retention say, until it is released. The conditions of one hold apply together. */
export interface LegalHold {
  /** The person, by the ids of their accounts and the lookups of their addresses. Absent: whoever a row is about. */
  readonly subject?: { readonly ids: readonly string[]; readonly lookups: readonly string[] };
  /** The organization that a row belongs to. Absent: any, or none. */
  readonly orgId?: string;
  /** Rows whose period runs from this instant or later. A row that has no such instant is held as if it had. */
  readonly from?: Date;
  /** Rows whose period runs from before this instant. */
  readonly until?: Date;
}

/** Why a row was kept, in an outcome and on a certificate. */
export const HELD = 'Under a legal hold, until it is released';

/** A condition over the rows of one table, with its parameters where it names `$n`. */
export class HeldRows {
  constructor(
    private readonly tables: readonly Table[],
    private readonly holds: readonly LegalHold[],
  ) {}

  /**
   * The SQL condition of rows that are under a hold, themselves or with a row that would go with them; undefined for a table
   * that no hold touches. Appends what it needs to `parameters`. It may be null for a row: compare it with `is true`.
   */
  condition(one: Table, parameters: unknown[]): string | undefined {
    const own = this.holds.flatMap((hold) => touching(one, hold, parameters) ?? []);
    const conditions = [...own, ...this.children(one).flatMap((child) => this.through(one, child, parameters) ?? [])];
    return conditions.length ? `(${conditions.join(' or ')})` : undefined;
  }

  /** `and` what is not held, for the end of a condition; nothing where no hold touches the table. */
  except(one: Table, parameters: unknown[]): string {
    const held = this.condition(one, parameters);
    return held ? ` and ${held} is not true` : '';
  }

  private children(one: Table): Table[] {
    return this.tables.filter(
      (other) => other !== one && Object.values(other.options.references ?? {}).includes(one.name),
    );
  }

  /** Rows go with the row that they refer to, so what holds one of them holds that one too. */
  private through(one: Table, child: Table, parameters: unknown[]): string | undefined {
    const held = this.condition(child, parameters);
    if (!held) return undefined;
    const [primary] = primaryKey(one);
    const links = Object.entries(child.options.references!).filter(([, target]) => target === one.name);
    const refers = links.map(([column]) => `${child.name}.${toSnake(column)} = ${one.name}.${primary}`);
    return `exists (select 1 from ${child.name} where (${refers.join(' or ')}) and ${held})`;
  }
}

/** No holds at all. */
export const nothingHeld = new HeldRows([], []);

/** Undefined, and nothing appended, where the hold has nothing to say about the table. */
function touching(one: Table, hold: LegalHold, parameters: unknown[]): string | undefined {
  const { subject, orgId, from, until } = hold;
  const about = aboutSubject(one);
  const tenant = tenantColumn(one);
  const instant = 'from' in one.options.retention ? `${one.name}.${toSnake(one.options.retention.from)}` : undefined;
  // Without an instant, only who or whose it is can tell.
  const isNamed = subject !== undefined || orgId !== undefined;
  if ((subject && !about) || (orgId !== undefined && !tenant) || (!isNamed && !instant)) return undefined;
  const place = (value: unknown) => `$${parameters.push(value)}`;
  const conditions = [
    ...(subject ? [aboutOf(about!, subject, place)] : []),
    ...(orgId !== undefined ? [`${one.name}.${toSnake(tenant!)} = ${place(orgId)}`] : []),
    ...(instant && from ? [`(${instant} is null or ${instant} >= ${place(from)})`] : []),
    ...(instant && until ? [`(${instant} is null or ${instant} < ${place(until)})`] : []),
  ];
  return conditions.length ? `(${conditions.join(' and ')})` : undefined;
}

function aboutOf(
  about: string,
  { ids, lookups }: NonNullable<LegalHold['subject']>,
  place: (value: unknown) => string,
): string {
  const placed = { $1: place(ids), $2: place(lookups.map((hex) => Buffer.from(hex, 'hex'))) };
  return bound(about).replaceAll(/\$[12](?=::)/g, (found) => placed[found as keyof typeof placed]);
}
