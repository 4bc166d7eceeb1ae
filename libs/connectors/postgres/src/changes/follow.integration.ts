import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangesRequest, Session } from '@millrace/connector-sdk';
import type { TestDatabase } from '@millrace/testing';
import { never, openSession } from '../session.fixture.js';
import { follows, lines, type LogicalServer, readLog, startLogicalServer } from './logical-server.fixture.js';

/** Kept apart from its row, uncompressed, so that the log does not repeat it. */
const LONG = 'x'.repeat(10_000);

describe('a feed', () => {
  let server: LogicalServer;
  let database: TestDatabase;
  let session: Session;

  beforeAll(async () => {
    server = await startLogicalServer();
    database = await server.createDatabase();
    session = await openSession(database);
  });
  beforeEach(async () => {
    await session.log!.dropFeed('t', never());
    await database.query(`DROP TABLE IF EXISTS t, u;
      CREATE TABLE t (id integer PRIMARY KEY, name text, long text);
      ALTER TABLE t ALTER long SET STORAGE EXTERNAL;
      CREATE TABLE u (id integer PRIMARY KEY, name text, secret text)`);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const FIELDS = ['id', 'name', 'long'];
  const request = (change: Partial<ChangesRequest> = {}) => follows('t', { 'public.t': FIELDS }, change);
  const begin = async (change: Partial<ChangesRequest> = {}) => (await session.log!.follow(request(change))).close();
  const told = async (change: Partial<ChangesRequest> = {}) => {
    const batches = await readLog(session, request(change));
    return batches
      .flatMap((batch) => lines(batch, FIELDS, ['int4', 'text', 'text']))
      .map((line) => line.replaceAll(LONG, 'LONG'));
  };

  it('tells what was inserted, updated and deleted after it was created, once', async () => {
    await database.query(`INSERT INTO t VALUES (0, 'before')`);
    const feed = await session.log!.follow(request());
    expect(feed.created).toBe(true);
    await feed.close();
    await database.query(`INSERT INTO t VALUES (1, 'one'), (2, NULL)`);
    await database.query(`UPDATE t SET name = 'two' WHERE id = 2; DELETE FROM t WHERE id = 1`);
    expect(await told()).toEqual(['insert 1 one -', 'insert 2 - -', 'update 2 two -', 'delete 1 - -']);
    expect(await told()).toEqual([]);
    expect((await session.log!.follow(request())).created).toBe(false);
  });

  it('leaves out what a transaction rolled back, and tells a transaction at its commit', async () => {
    await begin();
    await database.query(`BEGIN; INSERT INTO t VALUES (1, 'lost'); ROLLBACK`);
    await database.query(`BEGIN; INSERT INTO t VALUES (2, 'kept'); SAVEPOINT s; INSERT INTO t VALUES (3, 'lost');
      ROLLBACK TO s; COMMIT`);
    expect(await told()).toEqual(['insert 2 kept -']);
  });

  it('says which long values an update did not repeat', async () => {
    await database.query('INSERT INTO t VALUES (1, $1, $2)', ['one', LONG]);
    await begin();
    await database.query(`UPDATE t SET name = 'new' WHERE id = 1`);
    await database.query('UPDATE t SET long = $1 WHERE id = 1', [`${LONG}!`]);
    await database.query(`UPDATE t SET name = 'newer' WHERE id = 1`);
    expect(await told()).toEqual(
      ['update 1 new ~', 'update 1 newer LONG!', 'update 1 newer ~'].with(1, 'update 1 new LONG!'),
    );
  });

  it('tells a changed key as a deletion and an insertion, long values included', async () => {
    await database.query('INSERT INTO t VALUES (1, $1, $2), (2, $1, $2)', ['one', LONG]);
    await begin();
    await database.query(`UPDATE t SET id = 11 WHERE id = 1`);
    expect(await told()).toEqual(['delete 1 - -', 'insert 11 one LONG']);
    await database.query(`UPDATE t SET id = 12 WHERE id = 2; DELETE FROM t WHERE id = 12`);
    // Read again when it was gone: nothing to insert, and the deletion follows.
    expect(await told()).toEqual(['delete 2 - -', 'delete 12 - -']);
  });

  it('tells everything of a table with full replica identity, the selected fields alone', async () => {
    await database.query('ALTER TABLE t REPLICA IDENTITY FULL');
    await database.query('INSERT INTO t VALUES (1, $1, $2)', ['one', LONG]);
    await begin();
    await database.query(`UPDATE t SET name = 'new' WHERE id = 1; UPDATE t SET id = 2; DELETE FROM t`);
    expect(await told()).toEqual(['update 1 new LONG', 'delete 1 - -', 'insert 2 new LONG', 'delete 2 - -']);
  });

  it('tells that a table was emptied, where it happened', async () => {
    await begin();
    await database.query(`INSERT INTO t VALUES (1, 'gone'); TRUNCATE t; INSERT INTO t VALUES (2, 'kept')`);
    await database.query('TRUNCATE t');
    expect(await told()).toEqual(['insert 1 gone -', 'truncate', 'insert 2 kept -', 'truncate']);
  });

  it('gives each stream its own batch, and a position only where a transaction ends', async () => {
    const both = follows('t', { 'public.u': ['id', 'name'], 'public.t': ['id', 'name'] });
    await (await session.log!.follow(both)).close();
    await database.query(`BEGIN; INSERT INTO t VALUES (1, 'a'); INSERT INTO u VALUES (1, 'b'); INSERT INTO t VALUES (2, 'c');
      UPDATE u SET name = 'd'; COMMIT`);
    const batches = await readLog(session, both);
    expect(batches.map((batch) => [batch.stream, lines(batch, ['id', 'name'], ['int4', 'text'])])).toEqual([
      ['public.t', ['insert 1 a', 'insert 2 c']],
      ['public.u', ['insert 1 b', 'update 1 d']],
    ]);
    expect(batches.map(({ position }) => position)).toEqual([
      undefined,
      expect.stringMatching(/^[0-9A-F]+\/[0-9A-F]+$/),
    ]);
  });

  it('cuts a large transaction into batches within the limits', async () => {
    await begin();
    await database.query(`INSERT INTO t SELECT i, 'n' || i FROM generate_series(1, 10000) i`);
    const limits = { batchRows: 900, batchBytes: 1_000_000, maxRecordBytes: 1_000_000 };
    const batches = await readLog(session, request({ limits }));
    expect(batches.map(({ batch }) => batch.rowCount)).toEqual([...Array<number>(11).fill(900), 100]);
    expect(batches.map(({ position }) => position !== undefined)).toEqual([...Array<boolean>(11).fill(false), true]);
    await begin();
    await database.query(`UPDATE t SET name = repeat('y', 500)`);
    const small = await readLog(session, request({ limits: { ...limits, batchRows: 100_000, batchBytes: 50_000 } }));
    expect(small.length).toBeGreaterThan(50);
    expect(Math.max(...small.map(({ batch }) => batch.end))).toBeLessThan(52_000);
  });

  it('goes on behind a position, and ends at one', async () => {
    await begin();
    const ends: string[] = [];
    for (const id of [1, 2, 3]) {
      await database.query(`INSERT INTO t VALUES (${id}, 'n')`);
      ends.push(await session.log!.logEnd(never()));
    }
    expect(await told({ upTo: ends[1]! })).toEqual(['insert 1 n -', 'insert 2 n -']);
    expect(await told({ after: ends[1]! })).toEqual(['insert 3 n -']);
    expect(await told({ after: ends[2]!, upTo: ends[2]! })).toEqual([]);
  });

  it('leaves out transactions that carry the mark', async () => {
    await begin();
    const mark = (word: string) => `SELECT pg_logical_emit_message(true, 'millrace', '${word}')`;
    await database.query(`BEGIN; ${mark('mine')}; INSERT INTO t VALUES (1, 'mine'); TRUNCATE u; COMMIT`);
    await database.query(`BEGIN; ${mark('other')}; INSERT INTO t VALUES (2, 'other'); COMMIT`);
    await database.query(`INSERT INTO t VALUES (3, 'none')`);
    expect(await told({ ignoreMark: 'mine' })).toEqual(['insert 2 other -', 'insert 3 none -']);
  });

  it('keeps what is not selected off the wire', async () => {
    const some = follows('t', { 'public.u': ['id', 'name'] });
    await (await session.log!.follow(some)).close();
    const [row] = await database.query<{ attnames: string }>(
      `SELECT attnames::text FROM pg_publication_tables WHERE pubname = 'millrace_t'`,
    );
    expect(row!.attnames).toBe('{id,name}');
  });

  it('follows a partitioned table as one', async () => {
    await database.query(`CREATE TABLE parts (id integer PRIMARY KEY, name text) PARTITION BY RANGE (id);
      CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
      CREATE TABLE parts_2 (name text, id integer PRIMARY KEY);
      ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (10) TO (20)`);
    const parts = follows('t', { 'public.parts': ['id', 'name'] });
    await (await session.log!.follow(parts)).close();
    await database.query(`INSERT INTO parts VALUES (1, 'a'), (11, 'b'); UPDATE parts SET id = 12 WHERE id = 1`);
    const batches = await readLog(session, parts);
    expect(batches.flatMap((batch) => lines(batch, ['id', 'name'], ['int4', 'text']))).toEqual([
      'insert 1 a',
      'insert 11 b',
      'delete 1 -',
      'insert 12 a',
    ]);
    await database.query('DROP TABLE parts');
  });

  it('fills in a field that was selected after the change, and a field that was dropped stops it', async () => {
    const narrow = follows('t', { 'public.t': ['id', 'name'] });
    await (await session.log!.follow(narrow)).close();
    await database.query('INSERT INTO t VALUES (1, $1, $2)', ['one', 'late']);
    await database.query(`UPDATE t SET name = 'two'`);
    expect(await told()).toEqual(['insert 1 two late', 'update 1 two ~']);
    await database.query('ALTER TABLE t DROP COLUMN long CASCADE');
    await expect(told()).rejects.toMatchObject({ code: 'missing-field' });
  });
});
