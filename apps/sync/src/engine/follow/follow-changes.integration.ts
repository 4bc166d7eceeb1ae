import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { delay, stopwatch, until } from '@millrace/kernel';
import pg from 'pg';
import { parseLsn } from '../../../../../libs/connectors/postgres/src/changes/lsn.js';
import { never } from '../../../../../libs/connectors/postgres/src/session.fixture.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { type Bridge, HASHER, type Mapping } from '../move/move.fixture.js';
import { followChanges } from './follow-changes.js';
import { FollowedBridge } from './follow.fixture.js';

const MEBIBYTE = 1024 * 1024;

describe('changes', () => {
  let followed: FollowedBridge;
  let bridge: Bridge;

  const MAPPING: Mapping = {
    from: 'public.people',
    to: 'people',
    key: ['number'],
    deletes: 'remove',
    read: 'changes',
    fields: [
      { from: 'id', to: 'number', cast: 'bigint' },
      { from: 'age', cast: 'integer' },
      { from: 'score', cast: 'double', onFailure: 'null' },
      { from: 'email', to: 'email_hash', hash: true },
      { from: 'email' },
      { from: 'secret', drop: true },
    ],
  };

  beforeAll(async () => {
    followed = await FollowedBridge.open();
    ({ bridge } = followed);
  });
  beforeEach(async () => {
    for (const feed of ['test', 'back']) {
      await bridge.from.log!.dropFeed(feed, never());
      await bridge.to.log!.dropFeed(feed, never());
    }
    await bridge.target.query('DROP TABLE IF EXISTS people, plain');
    await bridge.source.query(`DROP TABLE IF EXISTS people, plain;
      CREATE TABLE people (id text PRIMARY KEY, age text, score text, email text, secret text);
      CREATE TABLE plain (id integer PRIMARY KEY, name text)`);
  });
  afterAll(() => followed.close());

  const plain = (change: Partial<Mapping> = {}) =>
    bridge.compile({
      from: 'public.plain',
      to: 'plain',
      key: ['id'],
      deletes: 'remove',
      read: 'changes',
      fields: [{ from: 'id' }, { from: 'name' }],
      ...change,
    });
  const same = async () =>
    expect(await bridge.lines('target', 'SELECT id, name FROM plain')).toEqual(
      await bridge.lines('source', 'SELECT id, name FROM plain'),
    );

  it('arrive mapped, the key of a deletion too; rejects are counted, and no value is told', async () => {
    const stream = await bridge.compile(MAPPING);
    await followed.begin([stream]);
    await bridge.source
      .query(`INSERT INTO people VALUES ('1', '7', '1.5', 'a@example.org', 's'), ('2', 'CANARY', '2', 'b', 's'),
      ('3', '8', 'CANARY', 'c', 's'), ('4', '9', '4', 'd', 's'), ('CANARY', '5', '5', 'e', 's')`);
    await bridge.source.query(
      `DELETE FROM people WHERE id = '4'; DELETE FROM people WHERE id = 'CANARY'; UPDATE people SET age = '70' WHERE id = '1'`,
    );
    const result = await followed.follow([stream]);
    expect(await bridge.target.query('SELECT * FROM people ORDER BY number')).toEqual([
      { number: '1', age: 70, score: 1.5, email_hash: HASHER(Buffer.from('a@example.org')), email: 'a@example.org' },
      { number: '3', age: 8, score: null, email_hash: HASHER(Buffer.from('c')), email: 'c' },
    ]);
    // How much of it comes together, and so what a later change replaces, is a matter of time.
    expect(result.counts['public.people']).toMatchObject({ read: 8, written: 5, rejected: 3, nulled: 1, unknown: 0 });
    expect(result.rejected).toMatchObject([
      { stage: 'mapping', field: 'age', rule: 'not-a-number', count: 1 },
      { stage: 'mapping', field: 'number', rule: 'not-a-number', count: 2 },
    ]);
    expect(result.discard).toMatchObject({ complete: true });
    expect(JSON.stringify(result)).not.toContain('CANARY');
  });

  it('are mapped from whole records, a deletion from its key alone, whatever the mapping makes of null', async () => {
    await bridge.source.query('ALTER TABLE people ALTER email SET STORAGE EXTERNAL');
    const stream = await bridge.compile({
      ...MAPPING,
      key: ['reference'],
      fields: [
        { to: 'reference', value: { concat: ['p-', { field: 'id' }] } },
        { to: 'label', value: { concat: [{ field: 'age' }, { field: 'email' }] } },
        // Null would be refused.
        { from: 'score', steps: [{ default: 'none' }], cast: 'double' },
        { from: 'email' },
      ],
    });
    await followed.begin([stream]);
    const long = 'x'.repeat(9_000);
    for (const id of ['1', '2', '3'])
      await bridge.source.query('INSERT INTO people VALUES ($1, $2, $3, $4)', [id, '7', '1.5', long]);
    await followed.follow([stream]);
    await bridge.source.query(`UPDATE people SET age = '8' WHERE id = '1'; DELETE FROM people WHERE id = '2';
      UPDATE people SET id = '4' WHERE id = '3'; UPDATE people SET score = '2.5' WHERE id = '4'`);
    const { rejected } = await followed.follow([stream]);
    expect(rejected).toEqual([]);
    expect(await bridge.target.query('SELECT * FROM people ORDER BY reference')).toEqual([
      { reference: 'p-1', label: `8${long}`, score: 1.5, email: long },
      { reference: 'p-4', label: `7${long}`, score: 2.5, email: long },
    ]);
  });

  it('are reported when they are durable and not before, and confirmed after that', async () => {
    const stream = await plain();
    await followed.begin([stream]);
    const ends: number[] = [];
    for (let id = 0; id < 40; id++) {
      await bridge.source.query(`INSERT INTO plain VALUES (${id}, 'n')`);
      ends.push(parseLsn(await bridge.from.log!.logEnd(never())));
    }
    let last = parseLsn(await followed.confirmed());
    let running = 0;
    const onCheckpoint = async ({ position }: { position: string }) => {
      expect(++running).toBe(1);
      const due = ends.filter((end) => end <= parseLsn(position)).length;
      const [{ count }] = (await bridge.target.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM plain WHERE id < ${due}`,
      )) as [{ count: number }];
      expect(count).toBe(due);
      expect(parseLsn(await followed.confirmed())).toBeLessThanOrEqual(last);
      last = parseLsn(position);
      running--;
    };
    await followed.follow([stream], { onCheckpoint, limits: { batchRows: 3, reportEveryMs: 1 } });
    expect(last).toBeGreaterThanOrEqual(ends.at(-1)!);
    expect(parseLsn(await followed.confirmed())).toBeGreaterThanOrEqual(ends.at(-1)!);
  });

  it('stop when a checkpoint cannot be recorded, and are told again', async () => {
    const stream = await plain();
    await followed.begin([stream]);
    const start = await followed.confirmed();
    await bridge.source.query(`INSERT INTO plain SELECT i, 'n' FROM generate_series(1, 1000) i`);
    const onCheckpoint = () => Promise.reject(new Error('fenced'));
    const failure = await followed
      .follow([stream], { onCheckpoint, limits: { batchRows: 100 } })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'FollowFailed',
      reason: { message: 'fenced' },
      result: { discard: { complete: true } },
    });
    expect(await followed.confirmed()).toBe(start);
    await bridge.source.query('UPDATE plain SET id = id + 5000 WHERE id > 500');
    expect((await followed.follow([stream])).counts['public.plain']!.read).toBe(2_000);
    await same();
  });

  it('stop in good order when the target fails, naming it', async () => {
    const stream = await plain();
    await followed.begin([stream]);
    await bridge.target.query('CREATE TABLE IF NOT EXISTS plain (id integer PRIMARY KEY, name integer)');
    await bridge.source.query(`INSERT INTO plain VALUES (1, 'n')`);
    await expect(followed.follow([stream])).rejects.toMatchObject({
      name: 'FollowFailed',
      reason: { code: 'incompatible-field', details: { stream: 'public.plain', field: 'name' } },
      result: { discard: { complete: true } },
    });
  });

  it('go on behind a record that the target refuses', async () => {
    const stream = await plain();
    await bridge.target.query(`CREATE TABLE plain (id integer PRIMARY KEY, name text CHECK (name <> 'bad'))`);
    await followed.begin([stream]);
    await bridge.source.query(
      `INSERT INTO plain SELECT i, CASE WHEN i = 50 THEN 'bad' ELSE 'n' END FROM generate_series(1, 100) i`,
    );
    const result = await followed.follow([stream]);
    expect(result.counts['public.plain']).toMatchObject({ inserted: 99, rejected: 1 });
    expect(result.reports.flatMap(({ rejects }) => rejects)).toMatchObject([
      { stage: 'target', rule: 'check', count: 1, fingerprints: [expect.any(String)] },
    ]);
  });

  it('arrive within a second while little happens, until they are no longer wanted', async () => {
    const stream = await plain();
    const stop = new AbortController();
    const done = followed.follow([stream], { signal: stop.signal }).catch((error: unknown) => error);
    const writer = new pg.Client({ connectionString: bridge.source.url.reveal() });
    const reader = new pg.Client({ connectionString: bridge.target.url.reveal() });
    await Promise.all([writer.connect(), reader.connect()]);
    await until('the feed to be followed', 10_000, async () => {
      return (await writer.query('SELECT 1 FROM pg_replication_slots WHERE active')).rowCount;
    });
    const lags: number[] = [];
    for (let id = 0; id < 15; id++) {
      await writer.query(`INSERT INTO plain VALUES (${id}, 'n')`);
      const elapsed = stopwatch();
      await until('the record to arrive', 10_000, async () => {
        return (await reader.query(`SELECT 1 FROM plain WHERE id = ${id}`).catch(() => undefined))?.rowCount;
      });
      lags.push(elapsed());
    }
    stop.abort(new Error('enough'));
    expect(await done).toMatchObject({
      name: 'FollowFailed',
      reason: { message: 'enough' },
      result: { discard: { complete: true } },
    });
    await Promise.all([writer.end(), reader.end()]);
    // The first opens the writer and creates the table.
    expect(Math.max(...lags.slice(1))).toBeLessThan(1_000);
  });

  it('wait for a slow target in little memory', async () => {
    const stream = await plain();
    await followed.begin([stream]);
    await bridge.target.query('CREATE TABLE plain (id integer PRIMARY KEY, name text)');
    await bridge.source.query(`INSERT INTO plain SELECT i, repeat('y', 1000) FROM generate_series(1, 60000) i`);
    const blocker = new pg.Client({ connectionString: bridge.target.url.reveal() });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE plain');
    const done = followed.follow([stream], { limits: { batchBytes: MEBIBYTE } });
    await delay(2_000);
    await blocker.query('COMMIT');
    await blocker.end();
    const { discard } = await done;
    expect(discard.peakBytes).toBeLessThan(24 * MEBIBYTE);
    await same();
  });

  it('go both ways without coming back', async () => {
    const there = await plain();
    await bridge.target.query('CREATE TABLE plain (id integer PRIMARY KEY, name text)');
    const back: CompiledStream = there;
    const a = { source: bridge.from, target: bridge.to, feed: 'test', originMark: 'a-to-b', ignoreMark: 'b-to-a' };
    const b = { source: bridge.to, target: bridge.from, feed: 'back', originMark: 'b-to-a', ignoreMark: 'a-to-b' };
    const both = async () => {
      const counts = [];
      for (const side of [a, b]) {
        const upTo = await side.source.log!.logEnd(never());
        const { counts: all } = await followChanges({
          ...side,
          streams: [side === a ? there : back],
          writeId: side.feed,
          upTo,
          signal: never(),
          onCheckpoint: async () => undefined,
        });
        counts.push(all['public.plain']!.read);
      }
      return counts;
    };
    await both();
    await bridge.source.query(`INSERT INTO plain VALUES (1, 'from a')`);
    await bridge.target.query(`INSERT INTO plain VALUES (2, 'from b')`);
    expect(await both()).toEqual([1, 1]);
    expect(await both()).toEqual([0, 0]);
    await bridge.target.query(`UPDATE plain SET name = 'changed at b' WHERE id = 1`);
    expect(await both()).toEqual([0, 1]);
    expect(await both()).toEqual([0, 0]);
    await same();
    expect(await bridge.lines('source', 'SELECT * FROM plain')).toEqual(['(1,"changed at b")', '(2,"from b")']);
  });
});
