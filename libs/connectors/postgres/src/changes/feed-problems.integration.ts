import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangesRequest, Session } from '@millrace/connector-sdk';
import { until } from '@millrace/kernel';
import { type TestDatabase, testStack } from '@millrace/testing';
import { never, openSession } from '../session.fixture.js';
import { follows, lines, type LogicalServer, readLog, startLogicalServer } from './logical-server.fixture.js';

describe('a feed that cannot be followed says why', () => {
  let server: LogicalServer;
  let database: TestDatabase;
  let session: Session;

  beforeAll(async () => {
    server = await startLogicalServer({ max_replication_slots: '3' });
    database = await server.createDatabase();
    session = await openSession(database);
    await database.query(
      `CREATE ROLE plain LOGIN PASSWORD 'plain'; CREATE ROLE replica LOGIN REPLICATION PASSWORD 'replica'`,
    );
  });
  beforeEach(async () => {
    for (const feed of ['t', 'one', 'two', 'three']) await session.log!.dropFeed(feed, never());
    await database.query(`DROP TABLE IF EXISTS t; CREATE TABLE t (id integer PRIMARY KEY, name text);
      GRANT SELECT ON t TO plain, replica`);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const request = (change: Partial<ChangesRequest> = {}) => follows('t', { 'public.t': ['id', 'name'] }, change);
  const follow = (change: Partial<ChangesRequest> = {}) => session.log!.follow(request(change));
  const as = (user: string) => openSession(database, { user, password: user });
  const leftovers = () =>
    database.query(`SELECT slot_name AS name FROM pg_replication_slots WHERE slot_name LIKE 'millrace%'
      UNION ALL SELECT pubname FROM pg_publication`);

  it('a server without a log to follow', async () => {
    const other = await testStack().createDatabase();
    await other.query('CREATE TABLE t (id integer PRIMARY KEY, name text)');
    const there = await openSession(other);
    await expect(there.log!.follow(request())).rejects.toMatchObject({ kind: 'config', code: 'log-not-kept' });
    expect(await other.query('SELECT 1 FROM pg_publication')).toEqual([]);
    await other.drop();
  });

  it('a user who does not own the table, and one who may not replicate; nothing is left behind', async () => {
    await expect((await as('replica')).log!.follow(request())).rejects.toMatchObject({
      kind: 'auth',
      code: 'publication-forbidden',
      details: { stream: 'public.t' },
    });
    await database.query(`ALTER TABLE t OWNER TO plain; GRANT CREATE ON DATABASE ${database.name} TO plain`);
    await expect((await as('plain')).log!.follow(request())).rejects.toMatchObject({
      kind: 'auth',
      code: 'replication-forbidden',
    });
    expect(await leftovers()).toEqual([]);
  });

  it('but a publication that an administrator made will do', async () => {
    await database.query('CREATE PUBLICATION millrace_t FOR TABLE t');
    const replica = await as('replica');
    await (await replica.log!.follow(request())).close();
    await database.query(`INSERT INTO t VALUES (1, 'one')`);
    const batches = await readLog(replica, request());
    expect(batches.flatMap((batch) => lines(batch, ['id', 'name'], ['int4', 'text']))).toEqual(['insert 1 one']);
    await replica.log!.dropFeed('t', never());
    expect(await leftovers()).toEqual([{ name: 'millrace_t' }]);
  });

  it.each([
    ['a table without a key', 'CREATE TABLE t (id integer NOT NULL, name text)', 'no-replica-identity'],
    [
      'a key that is not the table’s',
      'CREATE TABLE t (id integer UNIQUE, name text PRIMARY KEY)',
      'no-replica-identity',
    ],
    [
      'a table that tells nothing',
      'CREATE TABLE t (id integer PRIMARY KEY, name text); ALTER TABLE t REPLICA IDENTITY NOTHING',
      'no-replica-identity',
    ],
    ['a view', 'CREATE VIEW t AS SELECT 1 AS id, 2 AS name', 'not-followable'],
    ['an unlogged table', 'CREATE UNLOGGED TABLE t (id integer PRIMARY KEY, name text)', 'not-followable'],
    ['a missing table', 'SELECT 1', 'missing-stream'],
    ['a missing field', 'CREATE TABLE t (id integer PRIMARY KEY)', 'missing-field'],
    [
      'a field that is computed when it is read',
      'CREATE TABLE t (id integer PRIMARY KEY, name text GENERATED ALWAYS AS (id::text) VIRTUAL)',
      'incompatible-field',
    ],
  ])('%s, before it is published', async (_, ddl, code) => {
    await database.query(`DROP TABLE t; ${ddl}`);
    await expect(follow()).rejects.toMatchObject({ kind: 'config', code });
    expect(await leftovers()).toEqual([]);
    await database.query('DROP VIEW IF EXISTS t').catch(() => undefined);
  });

  it('but a unique index as identity, or a stored computed field, is followed', async () => {
    await database.query(`DROP TABLE t; CREATE TABLE t (id integer NOT NULL UNIQUE, name text GENERATED ALWAYS AS ('n' || id) STORED);
      ALTER TABLE t REPLICA IDENTITY USING INDEX t_id_key`);
    await (await follow()).close();
    await database.query('INSERT INTO t VALUES (7); UPDATE t SET id = 8');
    const batches = await readLog(session, request());
    expect(batches.flatMap((batch) => lines(batch, ['id', 'name'], ['int4', 'text']))).toEqual([
      'insert 7 n7',
      'delete 7 -',
      'insert 8 n8',
    ]);
  });

  it('no free slot', async () => {
    for (const feed of ['one', 'two', 'three']) await (await follow({ feed })).close();
    await expect(follow()).rejects.toMatchObject({ kind: 'config', code: 'no-free-slot' });
  });

  it('a feed whose log is gone: never created, dropped, or invalidated', async () => {
    await expect(follow({ after: '0/1' })).rejects.toMatchObject({ kind: 'config', code: 'feed-lost' });
    const feed = await follow();
    await session.log!.dropFeed('t', never());
    await expect(first(feed)).rejects.toMatchObject({ code: 'feed-lost' });
    await (await follow()).close();
    await database.query(`ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'`);
    await database.query('SELECT pg_reload_conf()');
    await until('the slot to be invalidated', 30_000, async () => {
      await database.query(`SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000)), pg_switch_wal()`);
      await database.query('CHECKPOINT');
      const [slot] = await database.query<{ wal_status: string }>(`SELECT wal_status FROM pg_replication_slots`);
      return slot!.wal_status === 'lost';
    });
    await expect(follow()).rejects.toMatchObject({ code: 'feed-lost' });
    await database.query('ALTER SYSTEM RESET max_slot_wal_keep_size');
    await database.query('SELECT pg_reload_conf()');
  });

  it('a feed that somebody else follows, until he lets go', async () => {
    const stop = new AbortController();
    const held = await follow({ signal: stop.signal });
    const waiting = first(held).catch(() => undefined);
    const active = async () => (await database.query('SELECT 1 FROM pg_replication_slots WHERE active')).length > 0;
    await until('the feed to be followed', 10_000, active);
    await expect(first(await follow())).rejects.toMatchObject({ kind: 'transient', code: 'feed-in-use' });
    stop.abort(new Error('enough'));
    await waiting;
    await until('the feed to be free', 10_000, async () => !(await active()));
    await database.query(`INSERT INTO t VALUES (1, 'one')`);
    expect(await readLog(session, request())).toHaveLength(1);
  });

  it('is dropped with everything that the source kept for it, even while it is followed', async () => {
    const feed = await follow();
    const waiting = first(feed);
    waiting.catch(() => {});
    await until('the feed to be followed', 10_000, async () => {
      return (await database.query('SELECT 1 FROM pg_replication_slots WHERE active')).length > 0;
    });
    await session.log!.dropFeed('t', never());
    expect(await leftovers()).toEqual([]);
    await expect(waiting).rejects.toMatchObject({ name: 'ConnectorError' });
    await session.log!.dropFeed('t', never());
    await expect(session.log!.dropFeed('No"Feed', never())).rejects.toMatchObject({ code: 'invalid-config' });
  });

  it('a field that changed its type while it was followed, and a record beyond the limit', async () => {
    // The server refuses to change the type of a column that a publication lists; whole rows it lets go.
    await database.query('ALTER TABLE t REPLICA IDENTITY FULL');
    await (await follow()).close();
    await database.query(`INSERT INTO t VALUES (1, 'CANARY')`);
    await database.query('ALTER TABLE t ALTER name TYPE bytea USING name::bytea');
    await expect(readLog(session, request())).rejects.toMatchObject({
      code: 'changed-field',
      details: { field: 'name' },
    });
    await session.log!.dropFeed('t', never());
    await (await follow()).close();
    await database.query(`INSERT INTO t VALUES (2, decode(repeat('ab', 5000), 'hex'))`);
    const limits = { batchRows: 10, batchBytes: 1_000, maxRecordBytes: 4_000 };
    await expect(readLog(session, request({ limits }))).rejects.toMatchObject({ code: 'record-too-large' });
  });
});

async function first(feed: AsyncIterable<unknown>): Promise<unknown> {
  for await (const batch of feed) return batch;
  return undefined;
}
