import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Session, TargetColumn, WriteRequest } from '@millrace/connector-sdk';
import { type TestDatabase, testStack } from '@millrace/testing';
import pg from 'pg';
import { batchOf, openSession, writeRequest } from './session.fixture.js';

const ID: TargetColumn = { name: 'id', kind: 'int4', sourceType: 'integer', nullable: false };
const NAME: TargetColumn = { name: 'name', kind: 'text', sourceType: 'text', nullable: true };

let database: TestDatabase;
let session: Session;

beforeAll(async () => {
  database = await testStack().createDatabase();
  session = await openSession(database);
});
beforeEach(() => database.query('DROP TABLE IF EXISTS t CASCADE; DROP TABLE IF EXISTS millrace_progress'));
afterAll(() => database.drop());

const request = (mode: WriteRequest['mode'], change: Partial<WriteRequest> = {}) =>
  writeRequest('t', [ID, NAME], ['id'], { mode, ...change });
const contents = () => database.query<{ id: number; name: string | null }>('SELECT id, name FROM t ORDER BY id, name');
const rows = (from: number, to: number, name: string) =>
  batchOf(Array.from({ length: to - from + 1 }, (_, index): [number, string] => [from + index, name]));
const tables = async () =>
  (
    await database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
    )
  ).map(({ name }) => name);

describe('appending', () => {
  it('adds records however often their key is there, to a table without a key', async () => {
    for (const writeId of ['first', 'second']) {
      const writer = await session.write(request('append', { writeId }));
      expect(writer.committed).toBeUndefined();
      expect(await writer.apply(rows(1, 2, writeId), 'mark')).toMatchObject({ inserted: 2, refused: [] });
      await writer.close();
    }
    expect(await contents()).toEqual([
      { id: 1, name: 'first' },
      { id: 1, name: 'second' },
      { id: 2, name: 'first' },
      { id: 2, name: 'second' },
    ]);
  });

  it('tells the next attempt how far this one came, and keeps only what an unbroken row of batches gave', async () => {
    const writer = await session.write(request('append'));
    const batches = Array.from({ length: 9 }, (_, index) => rows(index * 10, index * 10 + 9, 'x'));
    const outcomes = Promise.allSettled(batches.map((batch, index) => writer.apply(batch, `mark-${index}`)));
    await writer.abort();
    await outcomes;
    const again = await session.write(request('append', { attempt: 2 }));
    const done = again.committed === undefined ? 0 : Number(again.committed.slice(5)) + 1;
    expect(await contents()).toHaveLength(done * 10);
    for (const [index, batch] of batches.entries()) if (index >= done) await again.apply(batch, `mark-${index}`);
    await again.close();
    expect((await contents()).map(({ id }) => id)).toEqual(Array.from({ length: 90 }, (_, id) => id));
  });

  it('still remembers its end after it was closed, for a report that was lost', async () => {
    const writer = await session.write(request('append'));
    await writer.apply(rows(1, 1, 'a'), 'the end');
    await writer.close();
    const again = await session.write(request('append', { attempt: 2 }));
    expect(again.committed).toBe('the end');
    await again.close();
  });

  it('sets refused records aside inside the batch’s one transaction', async () => {
    await database.query(`CREATE TABLE t (id integer PRIMARY KEY, name varchar(5) CHECK (name <> 'bad'))`);
    const many = Array.from({ length: 100 }, (_, index): [number, string] => [index, 'ok']);
    many[7] = [7, 'bad'];
    many[50] = [50, 'too long'];
    many[99] = [0, 'ok'];
    const writer = await session.write(request('append'));
    const results = await Promise.all([writer.apply(batchOf(many), 'one'), writer.apply(rows(200, 210, 'ok'), 'two')]);
    await writer.close();
    expect(results[0]!.refused).toEqual([
      { row: 7, rule: 'check' },
      { row: 50, rule: 'too-long' },
      { row: 99, rule: 'unique' },
    ]);
    expect(results[0]!.inserted).toBe(97);
    expect(await contents()).toHaveLength(108);
  });

  it('does not wait for itself where neighbouring batches bring the same unique value', async () => {
    await database.query('CREATE TABLE t (id integer PRIMARY KEY, name text)');
    const writer = await session.write(request('append'));
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) => writer.apply(rows(index * 200, index * 200 + 200, 'x'), `m${index}`)),
    );
    await writer.close();
    expect(results.flatMap(({ refused }) => refused)).toHaveLength(11);
    expect(await contents()).toHaveLength(12 * 200 + 1);
  }, 30_000);

  it('refuses what a forgotten attempt still wants to commit', async () => {
    const old = await session.write(request('append'));
    await old.apply(rows(1, 10, 'a'), 'one');
    const fresh = await session.write(request('append', { attempt: 2 }));
    expect(fresh.committed).toBe('one');
    await expect(old.apply(rows(11, 20, 'a'), 'two')).rejects.toMatchObject({ code: 'taken-over' });
    await old.abort();
    await fresh.apply(rows(11, 20, 'a'), 'two');
    await fresh.close();
    expect(await contents()).toHaveLength(20);
  });

  it('goes over the stage where a type needs the server’s own reading of its text', async () => {
    await database.query(`CREATE TYPE pair AS (a integer, b text); CREATE TABLE t (id integer, name pair)`);
    const writer = await session.write(request('append'));
    await writer.apply(batchOf([[1, '(1,x)']]), 'one');
    const { refused } = await writer.apply(
      batchOf([
        [2, '(oops'],
        [3, '(3,z)'],
      ]),
      'two',
    );
    await writer.close();
    expect(refused).toMatchObject([{ row: 0 }]);
    expect(await database.query('SELECT id, (name).a FROM t ORDER BY id')).toEqual([
      { id: 1, a: 1 },
      { id: 3, a: 3 },
    ]);
    await database.query('DROP TABLE t; DROP TYPE pair');
  });
});

describe('replacing', () => {
  const replaceWith = async (batches: readonly ReturnType<typeof rows>[], change: Partial<WriteRequest> = {}) => {
    const writer = await session.write(request('replace', change));
    for (const [index, batch] of batches.entries()) await writer.apply(batch, `mark-${index}`);
    return writer;
  };

  it('shows the old set until the end and the new one from then on, whoever reads', async () => {
    await database.query(`CREATE TABLE t (id integer PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'old')`);
    const writer = await replaceWith([rows(1, 500, 'new'), rows(501, 1_000, 'new')]);
    expect(await contents()).toEqual([{ id: 1, name: 'old' }]);
    const seen = new Set<string>();
    let stop = false;
    const reader = (async () => {
      const client = new pg.Client({ connectionString: database.url.reveal() });
      await client.connect();
      while (!stop) {
        const { rows: found } = await client.query<{ line: string }>(
          `SELECT count(*) || ' ' || coalesce(min(name), '-') || ' ' || coalesce(max(name), '-') AS line FROM t`,
        );
        seen.add(found[0]!.line);
      }
      await client.end();
    })();
    await writer.close();
    stop = true;
    await reader;
    expect([...seen].filter((line) => line !== '1 old old' && line !== '1000 new new')).toEqual([]);
    expect(await contents()).toHaveLength(1_000);
    expect(await tables()).toEqual(['millrace_progress', 't']);
  });

  it('keeps names of indexes, grants, comments and defaults', async () => {
    await database.query(
      `CREATE TABLE t (id integer PRIMARY KEY, name text, note text DEFAULT 'kept'); CREATE INDEX by_name ON t (lower(name));
       COMMENT ON TABLE t IS 'people'; DROP ROLE IF EXISTS "odd reader"; CREATE ROLE "odd reader"; GRANT SELECT ON t TO "odd reader"`,
    );
    await (await replaceWith([rows(1, 3, 'new')])).close();
    const [found] = await database.query(
      `SELECT (SELECT array_agg(indexrelid::regclass::text ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 't'::regclass) AS indexes,
        has_table_privilege('odd reader', 't', 'SELECT') AS granted, obj_description('t'::regclass) AS comment,
        (SELECT max(note) FROM t) AS note, (SELECT conname::text FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'p') AS key`,
    );
    expect(found).toEqual({
      indexes: ['by_name', 't_pkey'],
      granted: true,
      comment: 'people',
      note: 'kept',
      key: 't_pkey',
    });
    await database.query('DROP TABLE t; DROP ROLE "odd reader"');
  });

  it.each([
    ['a view', 'CREATE VIEW v AS SELECT * FROM t', 'SELECT count(*)::int AS count FROM v'],
    [
      'a foreign key',
      'CREATE TABLE u (t integer REFERENCES t DEFERRABLE INITIALLY DEFERRED)',
      'SELECT count(*)::int AS count FROM t',
    ],
    [
      'a trigger',
      `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()`,
      'SELECT count(*)::int AS count FROM t JOIN pg_trigger ON tgrelid = t.tableoid',
    ],
  ])('fills the table itself where %s hangs on it', async (_, ddl, count) => {
    await database.query(`DROP TABLE IF EXISTS u; DROP FUNCTION IF EXISTS f CASCADE;
      CREATE TABLE t (id integer PRIMARY KEY, name text); INSERT INTO t VALUES (9, 'old'); ${ddl}`);
    const [before] = await database.query<{ oid: number }>(`SELECT 't'::regclass::oid AS oid`);
    await (await replaceWith([rows(1, 4, 'new')])).close();
    expect(await database.query(count)).toEqual([{ count: 4 }]);
    expect(await database.query(`SELECT 't'::regclass::oid AS oid`)).toEqual([before]);
    expect(await tables()).not.toContainEqual(expect.stringContaining('millrace_new'));
    await database.query('DROP TABLE IF EXISTS u; DROP FUNCTION IF EXISTS f CASCADE');
  });

  it('empties no other table through its foreign keys', async () => {
    await database.query(
      `CREATE TABLE t (id integer PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'old');
       CREATE TABLE u (t integer REFERENCES t ON DELETE CASCADE); INSERT INTO u VALUES (1)`,
    );
    const writer = await replaceWith([rows(1, 4, 'new')]);
    await expect(writer.close()).rejects.toMatchObject({ code: 'replaces-others' });
    await writer.abort();
    expect(await database.query('SELECT * FROM u')).toEqual([{ t: 1 }]);
    await database.query('DROP TABLE u');
  });

  it('shows the new set to nobody who could not read the old one', async () => {
    await database.query(
      `CREATE TABLE t (id integer PRIMARY KEY, name text); DROP ROLE IF EXISTS nosy; CREATE ROLE nosy;
       ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO nosy`,
    );
    const writer = await replaceWith([rows(1, 4, 'new')]);
    await writer.close();
    expect(await database.query(`SELECT has_table_privilege('nosy', 't', 'SELECT') AS seen`)).toEqual([
      { seen: false },
    ]);
    await database.query(
      'ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM nosy; DROP TABLE IF EXISTS millrace_progress; DROP ROLE nosy',
    );
  });

  it('goes on where an earlier attempt stopped; another write starts over', async () => {
    const first = await replaceWith([rows(1, 10, 'kept')]);
    await first.abort();
    const again = await replaceWith([], { attempt: 2 });
    expect(again.committed).toBe('mark-0');
    await again.apply(rows(11, 12, 'kept'), 'mark-1');
    await again.close();
    expect(await contents()).toHaveLength(12);
    const abandoned = await replaceWith([rows(20, 30, 'left')], { writeId: 'other' });
    await abandoned.abort();
    const fresh = await replaceWith([rows(1, 1, 'fresh')], { writeId: 'third' });
    expect(fresh.committed).toBeUndefined();
    await fresh.close();
    expect(await contents()).toEqual([{ id: 1, name: 'fresh' }]);
  });

  it('never mixes two new sets: a later write takes the place of an earlier one, which can neither add nor publish', async () => {
    const first = await replaceWith([rows(1, 10, 'first')], { writeId: 'first' });
    const done = await replaceWith([rows(1, 5, 'done')], { writeId: 'done' });
    await expect(first.apply(rows(11, 20, 'first'), 'mark-1')).rejects.toMatchObject({ code: 'taken-over' });
    await first.abort();
    const second = await replaceWith([rows(1, 3, 'second')], { writeId: 'second' });
    await expect(done.close()).rejects.toMatchObject({ code: 'taken-over' });
    await done.abort();
    await second.close();
    expect(await contents()).toEqual([1, 2, 3].map((id) => ({ id, name: 'second' })));
  });

  it('leaves the old set alone when it is aborted, or when a batch failed', async () => {
    await database.query(`CREATE TABLE t (id integer PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'old')`);
    const writer = await replaceWith([rows(1, 10, 'new')]);
    await writer.abort();
    expect(await contents()).toEqual([{ id: 1, name: 'old' }]);
    const failing = await session.write(request('replace', { maxRefusedPerBatch: 0, writeId: 'failing' }));
    const twice = batchOf([
      [1, 'a'],
      [1, 'b'],
    ]);
    await expect(failing.apply(twice, 'x')).rejects.toMatchObject({ code: 'too-many-refused' });
    await expect(failing.close()).rejects.toThrow('a batch failed');
    await failing.abort();
    expect(await contents()).toEqual([{ id: 1, name: 'old' }]);
  });

  it('waits for a long reader without making others wait, and then fills the table itself', async () => {
    await database.query(`CREATE TABLE t (id integer PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'old')`);
    const reader = new pg.Client({ connectionString: database.url.reveal() });
    await reader.connect();
    await reader.query('BEGIN; SELECT * FROM t');
    await (await replaceWith([rows(1, 3, 'new')])).close();
    await reader.query('COMMIT');
    await reader.end();
    expect(await contents()).toHaveLength(3);
  }, 60_000);
});

describe('write-back', () => {
  it('changes designated fields of records that exist, adds none, and says which are missing', async () => {
    await database.query(
      `CREATE TABLE t (id integer PRIMARY KEY, name text, note text); INSERT INTO t VALUES (1, 'a', 'mine'), (2, 'b', 'mine'), (3, 'c', 'mine')`,
    );
    const writer = await session.write(request('update'));
    const batch = batchOf([
      [9, 'ghost'],
      [1, 'A'],
      [2, 'b'],
      [8, 'ghost'],
    ]);
    expect(await writer.apply(batch)).toMatchObject({
      inserted: 0,
      updated: 1,
      unchanged: 1,
      refused: [
        { row: 0, rule: 'no-such-record' },
        { row: 3, rule: 'no-such-record' },
      ],
    });
    await writer.close();
    expect(await database.query('SELECT * FROM t ORDER BY id')).toEqual([
      { id: 1, name: 'A', note: 'mine' },
      { id: 2, name: 'b', note: 'mine' },
      { id: 3, name: 'c', note: 'mine' },
    ]);
  });

  it('creates no table', async () => {
    await expect(session.write(request('update'))).rejects.toMatchObject({ code: 'missing-stream' });
    expect(await tables()).toEqual([]);
  });
});
