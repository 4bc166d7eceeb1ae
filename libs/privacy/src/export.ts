import { aboutSubject, bound, isAboutPerson, type SqlRunner, type Subject, subjectParameters } from './subject.js';
import { type Table, tenantColumn, toSnake } from './table.js';

export interface Holding {
  readonly table: string;
  readonly rows: Record<string, unknown>[];
}

/** Rows in one page of an export. */
export const EXPORT_PAGE_ROWS = 1_000;
/** JSON bytes of one page, well below the largest message (900 KiB). */
export const EXPORT_PAGE_BYTES = 256 * 1024;

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

/**
 * What the tables hold about a person, secrets left out (11 CCR 7024(d)): one page at a time, in the order of the tables
 * and of their keys, so that the same data gives the same pages. `cursor` is what the last page gave as `next`.
 */
export async function exportHoldings(
  sql: SqlRunner,
  tables: readonly Table[],
  subject: Subject,
  cursor?: string,
): Promise<{ tables: Holding[]; next?: string }> {
  const start = cursor ? readCursor(cursor) : { index: 0 };
  const found: Holding[] = [];
  const room = { rows: EXPORT_PAGE_ROWS, bytes: EXPORT_PAGE_BYTES };
  for (let index = start.index; index < tables.length; index++) {
    const rows = await exportTable(sql, tables[index]!, subject, room.rows, index === start.index ? start.after : []);
    const { fitting, bytes } = fit(rows, room.bytes, found.length === 0);
    if (fitting.length) found.push({ table: tables[index]!.name, rows: fitting.map(({ row }) => row) });
    room.rows -= fitting.length;
    room.bytes -= bytes;
    if (fitting.length === rows.length && room.rows > 0) continue;
    const last = fitting.at(-1) ?? rows.at(-1);
    // Nothing of this table fitted any more: it begins with the next page.
    return {
      tables: found,
      next: writeCursor(index, fitting.length ? last!.key : index === start.index ? start.after : []),
    };
  }
  return { tables: found };
}

/** A row, and the values of its primary key as text. */
interface KeyedRow {
  readonly row: Record<string, unknown>;
  readonly key: readonly string[];
}

/** Where an export goes on: a table, and the key after which it does. */
interface Place {
  readonly index: number;
  readonly after?: readonly string[];
}

const writeCursor = (index: number, after: readonly string[] = []) =>
  `${index}:${Buffer.from(JSON.stringify(after)).toString('base64url')}`;

function readCursor(cursor: string): Place {
  const [index, after] = cursor.split(':') as [string, string];
  return { index: Number(index), after: JSON.parse(Buffer.from(after, 'base64url').toString('utf8')) as string[] };
}

/** The first rows that fit into `limit` bytes of JSON; at least one where `needsOne`, so that every page moves on. */
function fit(rows: readonly KeyedRow[], limit: number, needsOne: boolean) {
  let bytes = 0;
  let count = 0;
  for (const { row } of rows) {
    const size = Buffer.byteLength(JSON.stringify(row));
    if (bytes + size > limit && !(needsOne && count === 0)) break;
    bytes += size;
    count += 1;
  }
  return { fitting: rows.slice(0, count), bytes };
}

/** Whether a copy of what is held about a person looks into a table. */
export function isExported(one: Table): boolean {
  return (aboutSubject(one) ?? ofOrganizations(one)) !== undefined;
}

async function exportTable(
  sql: SqlRunner,
  one: Table,
  subject: Subject,
  limit: number,
  after: readonly string[] = [],
): Promise<KeyedRow[]> {
  const condition = aboutSubject(one) ?? ofOrganizations(one);
  if (!condition) return [];
  const shown = Object.entries(one.columns).filter(([, column]) => column.classification !== 'secret');
  const primary = Object.entries(one.columns).filter(([, column]) => column.primary);
  const keys = primary.map(([key]) => toSnake(key));
  const columns = shown.map(([key]) => `${toSnake(key)} as "${key}"`).join(', ');
  const bounds = primary.map(([, { ormType }], index) => `$${index + 4}::${ormType}`);
  const further = after.length > 0 ? ` and (${keys.join(', ')}) > (${bounds.join(', ')})` : '';
  const rows = await sql.query<Record<string, unknown> & { [KEY]: string[] }>(
    `select ${columns}, array[${keys.map((key) => `${key}::text`).join(', ')}] as "${KEY}" from ${one.name}
     where ${bound(condition)} and $3::uuid[] is not null${further} order by ${keys.join(', ')} limit ${limit}`,
    [...subjectParameters(subject), subject.closingOrgIds, ...after],
  );
  return rows.map(({ [KEY]: key, ...row }) => ({ row, key }));
}

/** No column is called so. */
const KEY = '~key';
