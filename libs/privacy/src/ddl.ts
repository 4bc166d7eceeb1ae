import type { Column } from './column.js';
import { dayColumn, daysOf } from './partition.js';
import { type Guard, lookupColumn, primaryKey, type Privilege, type Table, tenantColumn, toSnake } from './table.js';

/** The three roles of a service's database. */
export interface Roles {
  /** Owns the tables; used by migrations only. */
  readonly owner: string;
  /** Serves users; row-level security is forced on it. */
  readonly app: string;
  /** Serves staff, other services, sweeps, probes and relays; sees every row of this service. */
  readonly region: string;
}

export const rolesOf = (service: string): Roles => ({
  owner: `${service}_owner`,
  app: `${service}_app`,
  region: `${service}_region`,
});

const ALL: readonly Privilege[] = ['select', 'insert', 'update', 'delete'];

/** The settings that a tenant scope sets for its transaction; an unset or empty one matches no row. */
const orgOfScope = `nullif(current_setting('app.org', true), '')::uuid`;
const subjectOfScope = `nullif(current_setting('app.subject', true), '')::uuid`;
const keyOfScope = `decode(nullif(current_setting('app.key', true), ''), 'hex')`;

/** The statements that create a table with its constraints, indexes, policies and grants. */
export function createTable(one: Table, roles: Roles): string[] {
  const { options } = one;
  const lists = (columns: readonly string[]) => columns.map(toSnake).join(', ');
  const indexName = (columns: readonly string[]) => `${one.name}_${columns.map(toSnake).join('_')}_idx`;
  const lookups = Object.keys(one.columns).filter((key) => one.columns[key]!.lookup);
  const day = dayColumn(one);
  return [
    `create ${options.unlogged ? 'unlogged ' : ''}table ${one.name} (\n  ${tableBody(one).join(',\n  ')}\n)${day ? ` partition by range (${day})` : ''}`,
    ...indexesOf(one).map((columns) => `create index ${indexName(columns)} on ${one.name} (${lists(columns)})`),
    ...lookups.map(
      (key) => `create index ${indexName([lookupColumn(key)])} on ${one.name} (${toSnake(lookupColumn(key))})`,
    ),
    `alter table ${one.name} enable row level security`,
    `alter table ${one.name} force row level security`,
    ...options.guards.map((guard, index) => policy(one, guard, index, roles)),
    `create policy region on ${one.name} to ${roles.region} using (true) with check (true)`,
    ...grant(one.name, options.guards.length ? (options.appPrivileges ?? ALL) : [], roles.app),
    ...grant(one.name, options.regionPrivileges ?? ALL, roles.region),
    ...daysOf(one, roles.region),
  ];
}

/** What is declared, and the instant that a retention rule counts from: sweeps and the proof of them go by it. */
function indexesOf({ options: { indexes = [], retention } }: Table): readonly (readonly string[])[] {
  if (!('from' in retention) || indexes.some(([first]) => first === retention.from)) return indexes;
  return [...indexes, [retention.from]];
}

/** All statements for the tables of a service, in the order given. */
export function createTables(tables: readonly Table[], roles: Roles): string[] {
  return tables.flatMap((one) => createTable(one, roles));
}

function grant(table: string, privileges: readonly Privilege[], role: string): string[] {
  return privileges.length ? [`grant ${privileges.join(', ')} on ${table} to ${role}`] : [];
}

function tableBody(one: Table): string[] {
  const entries = Object.entries(one.columns);
  const unique = (one.options.unique ?? []).map((columns) => `unique (${columns.map(toSnake).join(', ')})`);
  const references = Object.entries(one.options.references ?? {}).map(
    ([column, target]) => `foreign key (${toSnake(column)}) references ${target} on delete cascade`,
  );
  return [
    ...entries.flatMap(([key, column]) => columnLines(toSnake(key), column)),
    `primary key (${primaryKey(one).join(', ')})`,
    ...unique,
    ...references,
  ];
}

function columnLines(name: string, column: Column): string[] {
  const parts = [
    name,
    column.sql,
    column.nullable ? '' : 'not null',
    column.default ? `default ${column.default}` : '',
    column.unique ? 'unique' : '',
    column.check ? `check (${column.check.replaceAll('{column}', name)})` : '',
  ];
  const line = parts.filter(Boolean).join(' ');
  return column.lookup ? [line, `${name}_lookup bytea${column.nullable ? '' : ' not null'}`] : [line];
}

function policy(one: Table, guard: Guard, index: number, roles: Roles): string {
  const name = `guard_${index + 1}`;
  if (guard.append) return `create policy ${name} on ${one.name} for insert to ${roles.app} with check (true)`;
  const conditions = [
    guard.tenant ? `${toSnake(tenantColumn(one)!)} = ${orgOfScope}` : undefined,
    guard.subject ? `${toSnake(guard.subject)} = ${subjectOfScope}` : undefined,
    guard.possession ? `${toSnake(guard.possession)} = ${keyOfScope}` : undefined,
  ].filter((condition) => condition !== undefined);
  const reading = guard.reading || guard.possession !== undefined;
  const using = conditions.join(' and ');
  return reading
    ? `create policy ${name} on ${one.name} for select to ${roles.app} using (${using})`
    : `create policy ${name} on ${one.name} to ${roles.app} using (${using}) with check (${using})`;
}
