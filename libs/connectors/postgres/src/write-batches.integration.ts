import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Session, TargetColumn } from '@millrace/connector-sdk';
import { type TestDatabase, testStack } from '@millrace/testing';
import { batchOf, openSession, writeAll, writeRequest } from './session.fixture.js';

const ID: TargetColumn = { name: 'id', kind: 'int4', sourceType: 'integer', nullable: false };
const NAME: TargetColumn = { name: 'name', kind: 'text', sourceType: 'text', nullable: true };

describe('writing batches', () => {
  let database: TestDatabase;
  let session: Session;

  beforeAll(async () => {
    database = await testStack().createDatabase();
    session = await openSession(database);
  });
  beforeEach(() => database.query('DROP TABLE IF EXISTS t'));
  afterAll(() => database.drop());

  const request = (change = {}) => writeRequest('t', [ID, NAME], ['id'], change);
  const contents = () => database.query<{ id: number; name: string | null }>('SELECT * FROM t ORDER BY id');

  it('creates a missing table, in a missing schema, with key and NOT NULL', async () => {
    const columns = [
      ID,
      { ...NAME, nullable: false },
      { name: 'odd "name"', kind: 'numeric' as const, sourceType: 'numeric(8,2)', nullable: true },
    ];
    const target = { schema: 'new schema', name: 'new "table"' };
    await writeAll(session, writeRequest('', columns, ['id'], { target }), []);
    const rows = await database.query<{ name: string; type: string; mandatory: boolean }>(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS mandatory FROM pg_attribute
       WHERE attrelid = '"new schema"."new ""table"""'::regclass AND attnum > 0 ORDER BY attnum`,
    );
    expect(rows).toEqual([
      { name: 'id', type: 'integer', mandatory: true },
      { name: 'name', type: 'text', mandatory: true },
      { name: 'odd "name"', type: 'numeric(8,2)', mandatory: false },
    ]);
  });

  it('never lets a foreign type name into its statements', async () => {
    const hostile = { ...NAME, sourceType: 'text); DROP TABLE victim; --' };
    await database.query('CREATE TABLE victim (id integer)');
    await writeAll(session, writeRequest('t', [ID, hostile], ['id']), [batchOf([[1, 'a']])]);
    expect(await database.query('SELECT count(*)::int AS count FROM victim')).toEqual([{ count: 0 }]);
    await database.query('DROP TABLE victim');
  });

  it('fills an empty target, and merges from then on', async () => {
    expect(
      await writeAll(session, request(), [
        batchOf([
          [1, 'a'],
          [2, 'b'],
        ]),
      ]),
    ).toMatchObject({ inserted: 2, updated: 0, unchanged: 0 });
    const second = [
      batchOf([
        [2, 'B'],
        [3, null],
      ]),
      batchOf([
        [1, 'a'],
        [3, null],
      ]),
    ];
    expect(await writeAll(session, request(), second)).toMatchObject({
      inserted: 1,
      updated: 1,
      unchanged: 2,
      refused: [],
    });
    expect(await contents()).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'B' },
      { id: 3, name: null },
    ]);
  });

  it('gives a redelivered batch no second effect, even when the first attempt wrote straight', async () => {
    const batch = batchOf([
      [1, 'a'],
      [2, 'b'],
    ]);
    await writeAll(session, request(), [batch]);
    expect(await writeAll(session, request({ attempt: 2 }), [batch])).toMatchObject({
      inserted: 0,
      updated: 0,
      unchanged: 2,
    });
    // The same attempt redelivered by accident meets its own rows.
    await database.query('TRUNCATE t');
    expect(await writeAll(session, request(), [batch, batch])).toMatchObject({
      inserted: 2,
      unchanged: 2,
      refused: [],
    });
    expect(await contents()).toHaveLength(2);
  });

  it('leaves columns alone that the mapping does not name', async () => {
    await database.query(
      `CREATE TABLE t (id integer PRIMARY KEY, name text, note text DEFAULT 'kept'); INSERT INTO t VALUES (1, 'old', 'mine')`,
    );
    await writeAll(session, request(), [
      batchOf([
        [1, 'new'],
        [2, 'two'],
      ]),
    ]);
    expect(await contents()).toEqual([
      { id: 1, name: 'new', note: 'mine' },
      { id: 2, name: 'two', note: 'kept' },
    ]);
  });

  it('writes a table of keys only', async () => {
    const keys = writeRequest('t', [ID], ['id']);
    await writeAll(session, keys, [batchOf([[1], [2]])]);
    expect(await writeAll(session, { ...keys, attempt: 2 }, [batchOf([[2], [3]])])).toMatchObject({
      inserted: 1,
      updated: 0,
      unchanged: 1,
    });
  });

  it.each([1, 2])('sets refused records aside by rule and writes the rest, on attempt %i', async (attempt) => {
    await database.query(
      `CREATE TABLE t (id integer PRIMARY KEY, name varchar(5) NOT NULL CHECK (name <> 'bad'), UNIQUE (name))`,
    );
    const rows = Array.from({ length: 300 }, (_, index): [number, string | null] => [index, `n${index}`]);
    rows[7] = [7, null];
    rows[100] = [100, 'bad'];
    rows[101] = [101, 'too long'];
    rows[299] = [299, 'n1'];
    const counts = await writeAll(session, request({ attempt }), [batchOf(rows)]);
    expect(counts.refused).toEqual([
      { row: 7, rule: 'not-null', field: 'name' },
      { row: 100, rule: 'check' },
      { row: 101, rule: 'too-long' },
      { row: 299, rule: 'unique' },
    ]);
    expect(counts.inserted + counts.updated + counts.unchanged).toBe(296);
    expect(await contents()).toHaveLength(296);
  });

  it('takes the later of two records of the same key', async () => {
    await writeAll(session, request(), [
      batchOf([
        [1, 'first'],
        [2, 'x'],
        [1, 'second'],
      ]),
    ]);
    expect(await contents()).toEqual([
      { id: 1, name: 'second' },
      { id: 2, name: 'x' },
    ]);
  });

  it('stops when more records are refused than allowed', async () => {
    await database.query('CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL)');
    const rows = Array.from({ length: 50 }, (_, index): [number, null] => [index, null]);
    await expect(writeAll(session, request({ maxRefusedPerBatch: 10 }), [batchOf(rows)])).rejects.toMatchObject({
      code: 'too-many-refused',
    });
  });

  it.each([
    ['a target without a key', 'CREATE TABLE t (id integer, name text)', 'target-without-key'],
    ['a key on other columns', 'CREATE TABLE t (id integer, name text, PRIMARY KEY (id, name))', 'target-without-key'],
    [
      'a key that covers only some rows',
      'CREATE TABLE t (id integer, name text); CREATE UNIQUE INDEX ON t (id) WHERE id > 0',
      'target-without-key',
    ],
    ['a missing column', 'CREATE TABLE t (id integer PRIMARY KEY)', 'missing-field'],
    ['a column of another type', 'CREATE TABLE t (id integer PRIMARY KEY, name bytea)', 'incompatible-field'],
    [
      'a computed column',
      `CREATE TABLE t (id integer PRIMARY KEY, name text GENERATED ALWAYS AS ('x') STORED)`,
      'incompatible-field',
    ],
  ])('refuses %s before the first byte', async (_, ddl, code) => {
    await database.query(ddl);
    await expect(session.write(request())).rejects.toMatchObject({ kind: 'config', code });
  });

  it('goes on when two batches in flight, or another writer, collide', async () => {
    const writer = await session.write(request());
    const batches = Array.from({ length: 20 }, (_, step) =>
      batchOf(Array.from({ length: 200 }, (_, row) => [row, `v${step}`])),
    );
    const results = await Promise.all(batches.map((batch) => writer.apply(batch)));
    await writer.close();
    expect(results.flatMap(({ refused }) => refused)).toEqual([]);
    expect(await contents()).toHaveLength(200);
  });

  it('writes nothing of a batch that was aborted', async () => {
    const stop = new AbortController();
    const writer = await session.write(request({ signal: stop.signal }));
    const work = writer.apply(batchOf(Array.from({ length: 50_000 }, (_, row) => [row, 'x'.repeat(100)])));
    stop.abort(new Error('cancelled'));
    await expect(work).rejects.toThrow('cancelled');
    await writer.abort();
    expect(await contents()).toEqual([]);
  });
});
