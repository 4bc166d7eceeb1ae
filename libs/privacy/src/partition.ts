import type { HeldRows } from './hold.js';
import type { Due } from './retention.js';
import type { SqlRunner } from './subject.js';
import { type Table, toSnake } from './table.js';

/** Days that are opened ahead, so that rows find theirs while nobody sweeps. */
const DAYS_AHEAD = 3;
const DAY_MS = 86_400_000;

/** One day of a table that lies in days (UTC), which goes as a whole. */
export interface DayPartition {
  readonly name: string;
  readonly start: Date;
  readonly end: Date;
}

/**
 * The table of rows that have no day of their own: those that a hold kept when their day went, and those that came while
 * nobody had opened theirs.
 */
export const restOf = (table: Table): Table => ({ ...table, name: `${table.name}_rest` });

/** The instant that decides in which day a row lies, in SQL; undefined for a table that does not lie in days. */
export function dayColumn({ options }: Table): string | undefined {
  return options.inDays && 'from' in options.retention ? toSnake(options.retention.from) : undefined;
}

/**
 * What a table that lies in days has beside itself: the table of the rest, and what opens, detaches and drops a day. These
 * run as the tables' owner, since a day is a table, and can do nothing else; only the region role may call them.
 */
export function daysOf(table: Table, region: string): string[] {
  const column = dayColumn(table);
  if (!column) return [];
  const { name } = table;
  const rest = restOf(table).name;
  return [
    `create table ${rest} partition of ${name} default`,
    `grant select, delete on ${rest} to ${region}`,
    ownersWork(
      `${name}_open_day`,
      region,
      `  if to_regclass(leaf) is not null then return; end if;
  lock table ${rest} in access exclusive mode;
  execute format('create table %I (like ${name} including all)', leaf);
  execute format('grant select, delete on %I to ${region}', leaf);
  execute format('with moved as (delete from ${rest} where ${column} >= %L and ${column} < %L returning *) insert into %I select * from moved', day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC', leaf);
  execute format('alter table ${name} attach partition %I for values from (%L) to (%L)', leaf, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');`,
    ),
    ownersWork(`${name}_detach_day`, region, `  execute format('alter table ${name} detach partition %I', leaf);`),
    ownersWork(`${name}_drop_day`, region, `  execute format('drop table %I', leaf);`),
  ].flat();

  function ownersWork(call: string, role: string, body: string): string[] {
    return [
      `create function ${call}(day date) returns void language plpgsql security definer set search_path = public, pg_temp as $work$
declare
  leaf text := '${name}_' || to_char(day, 'YYYYMMDD');
begin
  perform pg_advisory_xact_lock(hashtext('${name}'));
${body}
end
$work$`,
      `revoke all on function ${call}(date) from public`,
      `grant execute on function ${call}(date) to ${role}`,
    ];
  }
}

/** Opens today and the days that come, where that has not been done. Rows that came before their day was open move into it. */
export async function openDays(sql: SqlRunner, { name }: Table, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++)
    await sql.query(`select ${name}_open_day($1::date)`, [dateOf(new Date(now.getTime() + ahead * DAY_MS))]);
}

/** The days that have rows that are due, the oldest first. Of the last one only a part may be. */
export async function dueDays(sql: SqlRunner, { table, before }: Due): Promise<DayPartition[]> {
  const rows = await sql.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = $1::regclass and c.relname ~ '_\\d{8}$' order by 1`,
    [table.name],
  );
  return rows.map(({ name }) => dayOf(name)).filter(({ start }) => start < before);
}

/**
 * Drops a day; rows that are held go to the rest first. Everything is in the caller's transaction.
 * @returns how many rows are gone
 */
export async function dropDay(sql: SqlRunner, table: Table, day: DayPartition, held: HeldRows): Promise<number> {
  const parameters: unknown[] = [];
  const leaf: Table = { ...table, name: day.name };
  const isHeld = held.condition(leaf, parameters) ?? 'false';
  await sql.query(`select ${table.name}_detach_day($1::date)`, [dateOf(day.start)]);
  const [count] = await sql.query<{ rows: number; kept: number }>(
    `with kept as (insert into ${table.name} select * from ${day.name} where ${isHeld} is true returning 1)
     select (select count(*)::int from ${day.name}) as rows, (select count(*)::int from kept) as kept`,
    parameters,
  );
  await sql.query(`select ${table.name}_drop_day($1::date)`, [dateOf(day.start)]);
  return count!.rows - count!.kept;
}

function dayOf(name: string): DayPartition {
  const [, year, month, day] = /_(\d{4})(\d{2})(\d{2})$/.exec(name)!;
  const start = new Date(`${year}-${month}-${day}T00:00:00.000Z`);
  return { name, start, end: new Date(start.getTime() + DAY_MS) };
}

const dateOf = (instant: Date): string => instant.toISOString().slice(0, 10);
