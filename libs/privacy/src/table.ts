import type { RetentionKey } from '@millrace/charter';
import type { Column, PersonalMeaning } from './column.js';

export type Columns = Readonly<Record<string, Column>>;

/**
 * Who sees a row under row-level security; several guards are alternatives.
 * - `tenant`: the organization of the scope owns it
 * - `subject`: the column holds the user of the scope
 * - `possession`: the column equals a key that the caller shows (a session's hash, an address's lookup); reading only
 * - `append`: anybody in a scope may add rows, nobody sees them (outboxes)
 * A guard with both tenant and subject asks for both.
 */
export interface Guard {
  readonly tenant?: true;
  readonly subject?: string;
  readonly possession?: string;
  readonly append?: true;
  /** Default: everything for tenant and subject, always reading only for possession. */
  readonly reading?: true;
}

export type Privilege = 'select' | 'insert' | 'update' | 'delete';

/** A declared column, or the lookup beside an e-mail column. */
type ColumnName<C extends Columns> = (keyof C & string) | `${keyof C & string}Lookup`;

export interface TableOptions<C extends Columns> {
  /** Empty: only the region role sees the table. */
  readonly guards: readonly Guard[];
  /** The column that holds the id of the person that a row is about. */
  readonly subject?: keyof C & string;
  /** Which retention rule ends a row, and the instant column that its period runs from; absent: the row lives as long as its parent. */
  readonly retention: { readonly rule: RetentionKey; readonly from: keyof C & string } | { readonly livesWith: string };
  /**
   * Rows lie in a partition for each day (UTC) of the instant that their period runs from, so that a day that is over goes
   * at once. The instant is part of the primary key then.
   */
  readonly inDays?: true;
  /** What the closing of the organization does to rows. Default: they are deleted. */
  readonly onClosure?: { readonly keep: string };
  /** Default: all four. */
  readonly appPrivileges?: readonly Privilege[];
  readonly regionPrivileges?: readonly Privilege[];
  /** Lists of columns, each unique together. */
  readonly unique?: readonly (readonly ColumnName<C>[])[];
  readonly indexes?: readonly (readonly ColumnName<C>[])[];
  /** Columns that refer to the primary key of another table; rows go with the row they refer to. */
  readonly references?: Readonly<Partial<Record<keyof C & string, string>>>;
  /** No heap WAL: contents are lost by a crash and never reach a replica. For counters only. */
  readonly unlogged?: true;
}

export interface Table<C extends Columns = Columns> {
  readonly name: string;
  readonly columns: C;
  readonly options: TableOptions<C>;
}

/** The type of a row of a table. */
export type Row<T extends Table> = {
  -readonly [K in keyof T['columns']]: T['columns'][K] extends Column<infer V> ? V : never;
} & {
  -readonly [
    K in keyof T['columns'] & string as T['columns'][K] extends { readonly lookup: true } ? `${K}Lookup` : never
  ]: Buffer;
};

export const lookupColumn = (name: string) => `${name}Lookup`;
export const toSnake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const NAME = /^[a-z][a-z0-9_]{0,50}$/;

/**
 * Declares a table. From this come the TypeORM entity, the DDL with policies and grants, the data map, and what export,
 * erasure, retention and the drift test do with it.
 * @throws Error when a guard, anchor, subject or envelope names a column that does not exist, or a tenant guard has no tenant column.
 */
export function table<const C extends Columns>(name: string, columns: C, options: TableOptions<C>): Table<C> {
  const declared = new Set([
    ...Object.keys(columns),
    ...Object.keys(columns)
      .filter((key) => columns[key]!.lookup)
      .map(lookupColumn),
  ]);
  const named = [
    options.subject,
    'from' in options.retention ? options.retention.from : undefined,
    ...options.guards.flatMap((guard) => [guard.subject, guard.possession]),
    ...(options.unique ?? []).flat(),
    ...(options.indexes ?? []).flat(),
    ...Object.values(columns).flatMap(({ boundTo }) => boundTo ?? []),
  ];
  const missing = named.find((column) => column !== undefined && !declared.has(column));
  if (!NAME.test(name) || missing)
    throw new Error(`Table ${name}: ${missing ? `no column ${missing}` : 'malformed name'}`);
  if (options.inDays && !('from' in options.retention && columns[options.retention.from]!.primary))
    throw new Error(`Table ${name} lies in days, so the instant that its period runs from is part of its primary key`);
  if (options.guards.some((guard) => guard.tenant) && !tenantColumn({ name, columns, options })) {
    throw new Error(`Table ${name} is guarded by tenant but has no plain.tenant() column`);
  }
  return { name, columns, options } as Table<C>;
}

/** The name of the column that holds the organization, if the table has one. */
export function tenantColumn(
  one: ({ columns: Columns } & Pick<Table, 'name' | 'options'>) | Table,
): string | undefined {
  return Object.keys(one.columns).find((key) => one.columns[key]!.tenant);
}

/** The columns of the primary key, in SQL. */
export const primaryKey = ({ columns }: Pick<Table, 'columns'>): string[] =>
  Object.keys(columns)
    .filter((key) => columns[key]!.primary)
    .map(toSnake);

/** A column that holds envelopes, by its names in code and in SQL. */
export interface EnvelopeColumn {
  readonly table: Table;
  readonly key: string;
  /** `table.column` in SQL: what the envelope is bound to besides the columns. */
  readonly field: string;
  readonly boundTo: readonly string[];
}

/** Every column of the tables that is declared to hold envelopes. */
export function envelopeColumns(tables: readonly Table[]): EnvelopeColumn[] {
  return tables.flatMap((one) =>
    Object.entries(one.columns)
      .filter(([, { secretForm }]) => secretForm === 'envelope')
      .map(([key, { boundTo = [] }]) => ({ table: one, key, field: `${one.name}.${toSnake(key)}`, boundTo })),
  );
}

export interface DataMapEntry {
  readonly table: string;
  readonly column: string;
  readonly classification: Column['classification'];
  /** How it is stored, where that matters: a secret, an e-mail address, the keyed hash beside one. */
  readonly form?: NonNullable<Column['secretForm']> | 'email-address';
  readonly meaning?: PersonalMeaning;
}

/** Every column of the tables with what it means: the data map. */
export function dataMap(tables: readonly Table[]): DataMapEntry[] {
  return tables.flatMap((one) =>
    Object.entries(one.columns).flatMap(([key, { classification, meaning, lookup, secretForm }]): DataMapEntry[] => {
      const column = { table: one.name, column: toSnake(key), classification, meaning };
      if (!lookup) return [{ ...column, form: secretForm }];
      const beside = toSnake(lookupColumn(key));
      return [
        { ...column, form: 'email-address' },
        { ...column, column: beside, classification: 'pseudonymous', form: 'hmac-sha-256' },
      ];
    }),
  );
}
