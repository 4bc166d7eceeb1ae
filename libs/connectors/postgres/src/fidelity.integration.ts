import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findStream, type Session, type TargetColumn } from '@millrace/connector-sdk';
import { type TestDatabase, testStack } from '@millrace/testing';
import { OWN, TYPES, USER_TYPES } from './value-types.fixture.js';
import { never, openSession, partition, readAll, writeAll, writeRequest } from './session.fixture.js';

describe('values keep every digit and every letter on their way', () => {
  let source: TestDatabase;
  let target: TestDatabase;
  let from: Session;
  let to: Session;

  beforeAll(async () => {
    source = await testStack().createDatabase();
    target = await testStack().createDatabase();
    await source.query(USER_TYPES);
    from = await openSession(source);
    to = await openSession(target);
    const builtIn = Object.keys(TYPES).map((type, index) => `c${index} ${type}`);
    await source.query(`CREATE TABLE everything (id integer PRIMARY KEY, ${builtIn.join(', ')})`);
    const rows = Math.max(...Object.values(TYPES).map((values) => values.length)) + 1;
    for (let row = 0; row < rows; row++) {
      const values = Object.values(TYPES).map((list) => list[row] ?? null);
      const casts = Object.keys(TYPES).map((type, index) => `$${index + 2}::text::${type}`);
      await source.query(`INSERT INTO everything VALUES ($1, ${casts.join(', ')})`, [row, ...values]);
    }
  });

  afterAll(async () => {
    await source.drop();
    await target.drop();
  });

  async function columnsOf(stream: string): Promise<TargetColumn[]> {
    const found = findStream(await from.discover({ streams: [stream], signal: never() }), stream)!;
    return found.fields.map(({ name, kind, sourceType, nullable }) => ({ name, kind, sourceType, nullable }));
  }

  async function contents(database: TestDatabase, table: string): Promise<string[]> {
    const rows = await database.query<{ text: string }>(`SELECT t::text AS text FROM ${table} t ORDER BY id`);
    return rows.map(({ text }) => text);
  }

  it.each([1, 2])('for every built-in type, on attempt %i', async (attempt) => {
    const columns = await columnsOf('public.everything');
    const batches = await readAll(
      from,
      partition(
        'public.everything',
        columns.map(({ name }) => name),
        ['id'],
      ),
    );
    const name = `everything_${attempt}`;
    const counts = await writeAll(
      to,
      writeRequest(name, columns, ['id'], { attempt }),
      batches.map(({ batch }) => batch),
    );
    expect(counts.refused).toEqual([]);
    expect(await contents(target, name)).toEqual(await contents(source, 'everything'));
    const again = await writeAll(
      to,
      writeRequest(name, columns, ['id'], { attempt: 2 }),
      batches.map(({ batch }) => batch),
    );
    expect(again).toMatchObject({ inserted: 0, updated: 0, unchanged: batches[0]!.batch.rowCount });
  });

  it.each(Object.entries(OWN))('for the user type %s', async (type, { values, created }) => {
    const table = `own_${Object.keys(OWN).indexOf(type)}`;
    await source.query(`CREATE TABLE ${table} (id integer PRIMARY KEY, c ${type})`);
    for (const [id, value] of values.entries())
      await source.query(`INSERT INTO ${table} VALUES ($1, $2::text::${type})`, [id, value]);
    await source.query(`INSERT INTO ${table} VALUES (99, NULL)`);
    const columns = await columnsOf(`public.${table}`);
    const batches = await readAll(from, partition(`public.${table}`, ['id', 'c'], ['id']));
    await writeAll(
      to,
      writeRequest(table, columns, ['id']),
      batches.map(({ batch }) => batch),
    );
    expect(await contents(target, table)).toEqual(await contents(source, table));
    const [column] = await target.query<{ type: string }>(
      `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attname = 'c'`,
    );
    expect(column!.type).toBe(created);
  });

  it('into a target that has the user types itself', async () => {
    await target.query(USER_TYPES);
    const types = Object.keys(OWN);
    const definitions = types.map((type, index) => `c${index} ${type}`).join(', ');
    for (const database of [source, target])
      await database.query(`CREATE TABLE typed (id integer PRIMARY KEY, ${definitions})`);
    const casts = types.map((type, index) => `$${index + 1}::text::${type}`).join(', ');
    await source.query(
      `INSERT INTO typed VALUES (1, ${casts})`,
      types.map((type) => OWN[type]!.values[0]),
    );
    const columns = await columnsOf('public.typed');
    const batches = await readAll(
      from,
      partition(
        'public.typed',
        columns.map(({ name }) => name),
        ['id'],
      ),
    );
    const counts = await writeAll(
      to,
      writeRequest('typed', columns, ['id']),
      batches.map(({ batch }) => batch),
    );
    expect(counts).toMatchObject({ inserted: 1, refused: [] });
    expect(await contents(target, 'typed')).toEqual(await contents(source, 'typed'));
  });
});
