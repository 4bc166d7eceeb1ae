import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Session } from '@millrace/connector-sdk';
import { delay, until } from '@millrace/kernel';
import type { TestDatabase } from '@millrace/testing';
import pg from 'pg';
import { never, openSession } from '../session.fixture.js';
import { follows, lines, type LogicalServer, readLog, startLogicalServer } from './logical-server.fixture.js';

describe('the start of a feed', () => {
  let server: LogicalServer;
  let database: TestDatabase;
  let session: Session;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    server = await startLogicalServer();
    database = await server.createDatabase();
    session = await openSession(database);
    await database.query('CREATE TABLE t (id integer PRIMARY KEY, name text)');
  });
  afterAll(async () => {
    for (const client of clients) await client.end();
    await server[Symbol.asyncDispose]();
  });

  const request = follows('t', { 'public.t': ['id', 'name'] });

  /** A transaction that has inserted a record and is open. */
  async function writer(id: number): Promise<{ client: pg.Client; xid: string }> {
    const client = new pg.Client({ connectionString: database.url.reveal() });
    clients.push(client);
    await client.connect();
    await client.query(`SET synchronous_commit = on; BEGIN; INSERT INTO t VALUES (${id}, 'w')`);
    const { rows } = await client.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
    return { client, xid: rows[0]!.xid };
  }

  function waitedFor(xid: string): Promise<unknown> {
    return until(`somebody to wait for transaction ${xid}`, 20_000, async () => {
      const found = await database.query('SELECT 1 FROM pg_locks WHERE NOT granted AND transactionid::text = $1', [
        xid,
      ]);
      return found.length > 0;
    });
  }

  async function standbys(names: string): Promise<void> {
    await database.query(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
    await database.query('SELECT pg_reload_conf()');
  }

  it('comes after everything is visible that is not told: also what waits for its standby', async () => {
    // The server waits for those that ran when it began, and then for those that ran when these had ended.
    const first = await writer(1);
    let opened = false;
    const following = session.log!.follow(request).then(async (feed) => {
      opened = true;
      await feed.close();
    });
    await waitedFor(first.xid);
    const second = await writer(2);
    await first.client.query('ROLLBACK');
    await waitedFor(second.xid);
    // This one is committed in the log before the feed's start, and nobody can see it yet.
    await standbys('nobody');
    const third = await writer(3);
    const commit = third.client.query('COMMIT');
    await until('the commit to wait for its standby', 20_000, async () => {
      return (await database.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)).length > 0;
    });
    await second.client.query('ROLLBACK');
    await until('the slot to be ready', 20_000, async () => {
      return (
        (await database.query('SELECT 1 FROM pg_replication_slots WHERE confirmed_flush_lsn IS NOT NULL')).length > 0
      );
    });
    await delay(500);
    expect(opened).toBe(false);
    expect(await database.query('SELECT id FROM t')).toEqual([]);
    await standbys('');
    await Promise.all([commit, following]);
    expect(await database.query('SELECT id FROM t')).toEqual([{ id: 3 }]);
    await database.query(`INSERT INTO t VALUES (4, 'told')`);
    const told = await readLog(session, request);
    expect(told.flatMap((batch) => lines(batch, ['id', 'name'], ['int4', 'text']))).toEqual(['insert 4 told']);
    await session.log!.dropFeed('t', never());
  });
});
