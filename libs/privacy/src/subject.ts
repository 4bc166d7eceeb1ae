import type { Column } from './column.js';
import { lookupColumn, type Table, toSnake } from './table.js';

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

export const isAboutPerson = ([, { classification }]: [string, Column]) =>
  classification === 'personal' || classification === 'pseudonymous';

/** Columns that hold the id of a person: the table's subject and every `of:` of its personal columns. */
function subjectColumns(one: Table): string[] {
  const named = Object.values(one.columns).map((column) => column.meaning?.of);
  return [...new Set([one.options.subject, ...named].filter((name) => name !== undefined))];
}

/** The SQL condition that finds the rows about the subject; undefined for a table that holds nothing about people. */
export function aboutSubject(one: Table): string | undefined {
  const byId = subjectColumns(one).map((name) => `${toSnake(name)} = any($1::uuid[])`);
  const byLookup = Object.keys(one.columns)
    .filter((key) => one.columns[key]!.lookup)
    .map((key) => `${toSnake(lookupColumn(key))} = any($2::bytea[])`);
  const conditions = [...byId, ...byLookup];
  return conditions.length ? `(${conditions.join(' or ')})` : undefined;
}

export const subjectParameters = (subject: Subject) => [
  subject.ids,
  subject.lookups.map((hex) => Buffer.from(hex, 'hex')),
];
/** Binds both parameters even where a condition uses one of them. */
export const bound = (condition: string) => `($1::uuid[] is not null and $2::bytea[] is not null and ${condition})`;
