import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChangeFeed, type ChangesRequest, type Session, SlabPool } from '@millrace/connector-sdk';
import { delay, stopwatch, until } from '@millrace/kernel';
import type { TestDatabase } from '@millrace/testing';
import { never, openSession } from '../session.fixture.js';
import { follows, type LogicalServer, startLogicalServer } from './logical-server.fixture.js';
import { parseLsn } from './lsn.js';

const MEBIBYTE = 1024 * 1024;

describe('a feed in progress', () => {
  let server: LogicalServer;
  let database: TestDatabase;
  let session: Session;
  let stop: AbortController;

  beforeAll(async () => {
    server = await startLogicalServer();
    database = await server.createDatabase();
    session = await openSession(database);
    await database.query('CREATE TABLE t (id integer PRIMARY KEY, name text); CREATE TABLE unrelated (note text)');
  });
  beforeEach(async () => {
    stop = new AbortController();
    await session.log!.dropFeed('t', never());
    await database.query('TRUNCATE t');
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const follow = (change: Partial<ChangesRequest> = {}) =>
    session.log!.follow(follows('t', { 'public.t': ['id', 'name'] }, { signal: stop.signal, ...change }));
  const confirmed = async () => {
    const [slot] = await database.query<{ lsn: string }>('SELECT confirmed_flush_lsn AS lsn FROM pg_replication_slots');
    return parseLsn(slot!.lsn);
  };
  const logEnd = async () => parseLsn(await session.log!.logEnd(never()));
  const open = (feed: ChangeFeed) => feed[Symbol.asyncIterator]();

  it('hands over a transaction within a moment of its commit', async () => {
    const changes = open(await follow());
    const next = changes.next();
    await delay(300);
    for (let id = 0, pending = next; id < 5; id++) {
      const [{ now }] = (await database.query<{ now: number }>(
        `INSERT INTO t VALUES (${id}) RETURNING extract(epoch FROM clock_timestamp())::float8 * 1000 AS now`,
      )) as [{ now: number }];
      const elapsed = stopwatch();
      const { value } = await pending;
      expect(elapsed()).toBeLessThan(500);
      expect(value!.batch.rowCount).toBe(1);
      expect(Math.abs(value!.committedAtMs - now)).toBeLessThan(500);
      pending = changes.next();
      if (id === 4) pending.catch(() => {});
    }
    stop.abort(new Error('done'));
  });

  it('tells the source only what was confirmed, and forgets nothing else', async () => {
    const feed = await follow();
    const changes = open(feed);
    const start = await confirmed();
    await database.query(`INSERT INTO t VALUES (1, 'a')`);
    const { value: one } = await changes.next();
    await database.query(`INSERT INTO t VALUES (2, 'b')`);
    const { value: two } = await changes.next();
    expect(feed.reached).toBe(two!.position);
    await delay(300);
    expect(await confirmed()).toBe(start);
    feed.confirm(one!.position!);
    await until('the confirmation to arrive', 10_000, async () => (await confirmed()) > start);
    expect(await confirmed()).toBe(parseLsn(one!.position!));
    // Never beyond what was handed over.
    feed.confirm('FFFFFFFF/0');
    await until('the confirmation to arrive', 10_000, async () => (await confirmed()) > parseLsn(one!.position!));
    expect(await confirmed()).toBeLessThanOrEqual(await logEnd());
    await feed.close();
    const again = open(await follow());
    await database.query(`INSERT INTO t VALUES (3, 'c')`);
    const { value: three } = await again.next();
    expect(three!.batch.rowCount).toBe(1);
    await again.return!();
  });

  it('lets the source forget what does not concern it, while nothing of its own happens', async () => {
    const feed = await follow();
    const waiting = open(feed).next();
    waiting.catch(() => {});
    for (let round = 0; round < 2; round++) {
      await database.query(`INSERT INTO unrelated SELECT repeat('x', 1000) FROM generate_series(1, 1000)`);
      const end = await logEnd();
      await until('the confirmed position to follow', 20_000, async () => (await confirmed()) >= end);
      expect(parseLsn(feed.reached)).toBeGreaterThanOrEqual(end);
    }
    stop.abort(new Error('done'));
  });

  it('but holds it back while a change of its own is not confirmed', async () => {
    const feed = await follow();
    const changes = open(feed);
    await database.query(`INSERT INTO t VALUES (1, 'a')`);
    const { value } = await changes.next();
    const waiting = changes.next();
    waiting.catch(() => {});
    await database.query(`INSERT INTO unrelated SELECT repeat('x', 1000) FROM generate_series(1, 1000)`);
    const end = await logEnd();
    await delay(6_000);
    expect(await confirmed()).toBeLessThan(parseLsn(value!.position!));
    feed.confirm(value!.position!);
    await until('the confirmed position to follow', 20_000, async () => (await confirmed()) >= end);
    stop.abort(new Error('done'));
  });

  it('holds little memory, however large a transaction and however slow its consumer', async () => {
    const slabs = new SlabPool(65_536);
    const limits = { batchRows: 100_000, batchBytes: MEBIBYTE, maxRecordBytes: MEBIBYTE };
    const feed = await follow({ slabs, limits, upTo: await wideTransaction(60_000) });
    let rows = 0;
    let batches = 0;
    for await (const { batch } of feed) {
      rows += batch.rowCount;
      if (batches++ < 10) await delay(100);
      slabs.give(batch);
    }
    await feed.close();
    expect(rows).toBe(60_000);
    expect(batches).toBeGreaterThan(50);
    expect(slabs.attest().peakBytes).toBeLessThan(16 * MEBIBYTE);
    expect(slabs.discard().complete).toBe(true);
  });

  /** About 60 MB in one transaction; gives the end of the log behind it. */
  async function wideTransaction(rows: number): Promise<string> {
    await (await follow()).close();
    await database.query(`INSERT INTO t SELECT i, repeat('y', 1000) FROM generate_series(1, ${rows}) i`);
    return session.log!.logEnd(never());
  }
});
