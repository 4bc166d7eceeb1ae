import { aboutSubject, bound, isAboutPerson, type SqlRunner, type Subject, subjectParameters } from './subject.js';
import { type Table, tenantColumn, toSnake } from './table.js';

export interface Holding {
  readonly table: string;
  readonly rows: Record<string, unknown>[];
}

/** Rows of one table in one page of an export. */
export const EXPORT_PAGE_ROWS = 500;
/** JSON bytes of one page, well below the largest message (900 KiB). */
export const EXPORT_PAGE_BYTES = 512 * 1024;

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

/** Whether a copy of what is held about a person looks into a table. */
export function isExported(one: Table): boolean {
  return (aboutSubject(one) ?? ofOrganizations(one)) !== undefined;
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
