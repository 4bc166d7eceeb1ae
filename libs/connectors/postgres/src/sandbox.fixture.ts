import type { CellKind, ConnectorDefinition } from '@millrace/connector-sdk';
import { type FieldSpec, type OwnType, type Row, type Sandbox, type Value } from '@millrace/connector-sdk/conformance';
import { type TestDatabase, testStack } from '@millrace/testing';
import { identifier, qualified } from './sql.js';
import { postgres } from './postgres.connector.js';
import { dial } from './session.fixture.js';

const TYPES: Partial<Record<CellKind, string>> = {
  boolean: 'boolean',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  numeric: 'numeric',
  text: 'text',
  bytes: 'bytea',
  uuid: 'uuid',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  json: 'json',
};

const OWN_TYPES: readonly OwnType[] = [
  { type: 'integer[]', values: ['{1,NULL,3}', '{{1,2},{3,4}}', '{}'] },
  { type: 'text[]', values: ['{a,"b,c","\\"",NULL,"NULL",é𝔘}'] },
  { type: 'jsonb', values: ['{"a": 12345678901234567890.10}', 'null'] },
  { type: 'int4range', values: ['[1,10)', 'empty', '(,5)'] },
  { type: 'tstzrange', values: ['["2026-01-01 00:00:00+00",infinity)'] },
  { type: 'nummultirange', values: ['{[1.0,2.0),[3.0,4.0)}'] },
  { type: 'interval', values: ['1 year 2 mons -3 days +04:05:06.789'] },
  { type: 'timetz', values: ['12:00:00+02'] },
  { type: 'inet', values: ['2001:db8::1/64', '10.0.0.1/32'] },
  { type: 'macaddr', values: ['08:00:2b:01:02:03'] },
  { type: 'bit varying', values: ['10110', ''] },
  { type: 'numeric(10,2)', values: ['12345678.90'] },
  { type: 'character varying(10)', values: ['äöü'] },
  { type: 'mood', values: ['glad', 'so "so"'] },
  { type: 'short_text', values: ['abc'] },
  { type: 'citext', values: ['MiXed'] },
  { type: 'numeric', values: ['NaN', 'Infinity', '-Infinity'] },
];

/** A database of its own on the test's server. */
export async function postgresSandbox(): Promise<Sandbox> {
  const database = await testStack().createDatabase();
  const { host, port, name, user, password } = database;
  await database.query(`ALTER DATABASE ${identifier(name)} SET timezone TO 'UTC'`);
  let count = 0;
  const fresh = (kind: string) => `${kind}_${++count}`;
  return {
    connector: postgres as unknown as ConnectorDefinition<unknown, unknown>,
    config: { host, port, database: name, sslmode: 'disable' },
    credential: { user, password: password.reveal() },
    wrongCredential: { user: 'nobody_of_that_name', password: 'wrong-password-value' },
    dial,
    kinds: Object.keys(TYPES) as CellKind[],
    ownTypes: OWN_TYPES,
    create: async ({ fields, key, rows }) => {
      const stream = fresh('stream');
      const columns = fields.map(
        (field) => `${identifier(field.name)} ${TYPES[field.kind]!}${field.nullable ? '' : ' NOT NULL'}`,
      );
      await database.query(
        `CREATE TABLE ${stream} (${columns.join(', ')}, PRIMARY KEY (${key.map(identifier).join(', ')}))`,
      );
      await insert(database, stream, fields, rows);
      await database.query(`ANALYZE ${stream}`);
      return `public.${stream}`;
    },
    insert: async (stream, rows) => {
      const values = rows[0]!.map((_, index) => `$${index + 1}`).join(', ');
      for (const row of rows) await database.query(`INSERT INTO ${stream} VALUES (${values})`, row);
    },
    drop: async (stream) => void (await database.query(`DROP TABLE ${stream}`)),
    createOwn: (own) => createOwn(database, own, fresh),
    target: () => ({ schema: 'public', name: fresh('target') }),
    readBack: (target, columns) => readBack(database, target, columns),
    dispose: () => database.drop(),
  };
}

async function createOwn(database: TestDatabase, { type, values }: OwnType, fresh: (kind: string) => string) {
  // Types that somebody has to make are made where they are wanted.
  if (type === 'mood') await database.query(`CREATE TYPE mood AS ENUM ('glad', 'so "so"')`);
  if (type === 'short_text') await database.query('CREATE DOMAIN short_text AS text CHECK (length(value) < 10)');
  if (type === 'citext') await database.query('CREATE EXTENSION citext');
  const [stream, target] = [fresh('own'), fresh('own_target')];
  for (const table of [stream, target]) {
    await database.query(`CREATE TABLE ${table} (id integer PRIMARY KEY, value ${type})`);
  }
  for (const [index, value] of values.entries()) {
    await database.query(`INSERT INTO ${stream} VALUES ($1, $2::text::${type})`, [index, value]);
  }
  return { stream: `public.${stream}`, target: { schema: 'public', name: target } };
}

/** A column is an array of texts, so that many records take one statement. */
async function insert(database: TestDatabase, stream: string, fields: readonly FieldSpec[], rows: readonly Row[]) {
  if (rows.length === 0) return;
  const columns = fields.map((_, index) => `c${index}`);
  const arrays = fields.map((_, index) => `$${index + 1}::text[]`);
  const casts = fields.map(({ kind }, index) => `c${index}::${TYPES[kind]!}`);
  await database.query(
    `INSERT INTO ${stream} SELECT ${casts.join(', ')} FROM unnest(${arrays.join(', ')}) AS u(${columns.join(', ')})`,
    fields.map((_, index) => rows.map((row) => row[index]!)),
  );
}

async function readBack(
  database: TestDatabase,
  { schema, name }: { schema: string; name: string },
  columns: readonly FieldSpec[],
): Promise<Row[] | undefined> {
  const table = qualified(schema, name);
  const [found] = await database.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
  if (!found!.found) return undefined;
  const texts = columns.map((column) => `${identifier(column.name)}::text AS ${identifier(column.name)}`);
  const rows = await database.query<Record<string, Value>>(`SELECT ${texts.join(', ')} FROM ${table}`);
  const values = rows.map((row) => columns.map((column) => row[column.name]!));
  return values.sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}
