import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { delay } from '@millrace/kernel';
import fc from 'fast-check';
import pg from 'pg';
import { never } from '../../../../../libs/connectors/postgres/src/session.fixture.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import type { Bridge } from '../move/move.fixture.js';
import type { Checkpoint } from '../move/partition-move.js';
import { FollowedBridge } from './follow.fixture.js';

/** A short form for every run of the tests. */
const RUNS = 10;
const TABLES = ['left_side', 'right_side'] as const;
const IDS = 12;

let followed: FollowedBridge;
let bridge: Bridge;

beforeAll(async () => {
  followed = await FollowedBridge.open();
  ({ bridge } = followed);
});
afterAll(() => followed.close());

async function freshTables(): Promise<CompiledStream[]> {
  await bridge.from.log!.dropFeed('test', never());
  for (const table of TABLES) {
    await bridge.target.query(`DROP TABLE IF EXISTS ${table}`);
    await bridge.source.query(`DROP TABLE IF EXISTS ${table};
      CREATE TABLE ${table} (id integer PRIMARY KEY, n bigint, name text, long text, other text);
      ALTER TABLE ${table} ALTER long SET STORAGE EXTERNAL, ALTER other SET STORAGE EXTERNAL`);
  }
  const fields = ['id', 'n', 'name', 'long', 'other'].map((from) => ({
    from,
    ...(from === 'n' ? { cast: 'text' } : {}),
  }));
  const mapping = (table: string) => ({
    from: `public.${table}`,
    to: table,
    key: ['id'],
    read: 'changes',
    deletes: 'remove',
    fields,
  });
  return Promise.all(TABLES.map((table) => bridge.compile(mapping(table))));
}

async function expectSame(): Promise<void> {
  for (const table of TABLES) {
    const [source, target] = [
      await bridge.lines('source', `SELECT id, n::text, name, long, other FROM ${table}`),
      await bridge.lines('target', `SELECT id, n, name, long, other FROM ${table}`).catch(() => []),
    ];
    expect(target).toEqual(source);
  }
}

const statement = fc
  .record({
    table: fc.constantFrom(...TABLES),
    id: fc.nat(IDS - 1),
    to: fc.nat(IDS - 1),
    value: fc.nat(999),
    kind: fc.constantFrom('insert', 'insert', 'update', 'long', 'other', 'delete', 'key', 'truncate'),
  })
  .map(({ table, id, to, value, kind }) => {
    const long = `repeat('${value} ', 2000)`;
    const insertion = `INSERT INTO ${table} VALUES (${id}, ${value}, 'n${value}', ${long}, ${long})`;
    return {
      insert: `${insertion} ON CONFLICT (id) DO UPDATE SET n = ${value}`,
      update: `UPDATE ${table} SET name = 'u${value}' WHERE id = ${id}`,
      long: `UPDATE ${table} SET long = ${long} WHERE id = ${id}`,
      other: `UPDATE ${table} SET other = ${long}, n = NULL WHERE id = ${id}`,
      delete: `DELETE FROM ${table} WHERE id = ${id}`,
      key: `UPDATE ${table} SET id = ${to} WHERE id = ${id} AND NOT EXISTS (SELECT 1 FROM ${table} WHERE id = ${to})`,
      truncate: `TRUNCATE ${table}`,
    }[kind];
  });

describe('whatever happens at the source, and at whatever moments the following is cut off', () => {
  it('the target equals the source', async () => {
    const scenario = fc.record({
      batchRows: fc.integer({ min: 1, max: 20 }),
      // What is committed before each attempt, how many reports it lives, and whether the last of them was recorded.
      lives: fc.array(
        fc.record({
          transactions: fc.array(fc.array(statement, { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
          reports: fc.nat(3),
          recorded: fc.boolean(),
        }),
        { minLength: 1, maxLength: 5 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ batchRows, lives }) => {
        const streams = await freshTables();
        await followed.begin(streams);
        const writer = new pg.Client({ connectionString: bridge.source.url.reveal() });
        await writer.connect();
        const limits = { batchRows, reportEveryMs: 1 };
        let after: string | undefined;
        for (const { transactions, reports, recorded } of lives) {
          for (const statements of transactions) await writer.query(`BEGIN; ${statements.join('; ')}; COMMIT`);
          let left = reports;
          const onCheckpoint = async ({ position }: { position: string }) => {
            if (left-- > 0 || recorded) after = position;
            if (left < 0) throw new Error('killed');
          };
          await followed.follow(streams, { after, onCheckpoint, limits }).catch(killed);
        }
        await writer.end();
        const { rejected } = await followed.follow(streams, { after, limits });
        expect(rejected).toEqual([]);
        await expectSame();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 180_000);

  it('and a snapshot that is read meanwhile, cut off and taken up again leaves no gap', async () => {
    const streams = await freshTables();
    await bridge.source.query(
      `INSERT INTO left_side SELECT i, i, 'n', repeat('x', 3000), 'o' FROM generate_series(1, 3000) i`,
    );
    const stop = new AbortController();
    const writers = [writeOn(1, stop.signal), writeOn(2, stop.signal)];
    await delay(200);
    let checkpoint: Checkpoint | undefined;
    let created = 0;
    const snapshot = (lives: number) => async (feed: { created: boolean }) => {
      if (feed.created) created++;
      for (const stream of streams) {
        let left = lives;
        const onCheckpoint = async (report: { checkpoint: Checkpoint }) => {
          if (stream === streams[0]) ({ checkpoint } = report);
          if (--left < 0) throw new Error('killed');
          await delay(20);
        };
        const resumeFrom = stream === streams[0] ? checkpoint : undefined;
        await bridge.run(stream, { attempt: resumeFrom ? 2 : 1, resumeFrom, onCheckpoint, limits: { batchRows: 200 } })
          .done;
      }
    };
    await followed.follow(streams, { beforeChanges: snapshot(5) }).catch(killed);
    await followed.follow(streams, { beforeChanges: snapshot(1_000) });
    stop.abort();
    const transactions = (await Promise.all(writers)).reduce((sum, count) => sum + count, 0);
    const { counts, rejected } = await followed.follow(streams);
    expect({ created, rejected }).toEqual({ created: 1, rejected: [] });
    expect(transactions).toBeGreaterThan(100);
    expect(counts['public.left_side']!.read).toBeGreaterThan(0);
    await expectSame();
  }, 120_000);
});

/** Ends on purpose pass; anything else is a failure of the test. */
function killed(error: unknown): void {
  const reason = (error as { reason?: { reason?: Error; message?: string } }).reason;
  if ((reason?.reason ?? reason)?.message !== 'killed') throw error;
}

/** Changes records here and there, also their keys, as fast as the server lets it. Gives the number of transactions. */
async function writeOn(number: number, signal: AbortSignal): Promise<number> {
  const writer = new pg.Client({ connectionString: bridge.source.url.reveal() });
  await writer.connect();
  let count = 0;
  for (let step = number; !signal.aborted; step += 2, count++) {
    const id = 1 + ((step * 7919) % 3_000);
    await writer.query(`BEGIN; UPDATE left_side SET n = ${step} WHERE id = ${id}; DELETE FROM left_side WHERE id = ${id + 1};
      INSERT INTO left_side VALUES (${100_000 + step}, ${step}, 'new', repeat('z', 3000), 'o');
      UPDATE left_side SET id = ${200_000 + step} WHERE id = ${id + 2};
      INSERT INTO right_side VALUES (${step}, ${step}, 'new'); UPDATE left_side SET name = 'u' WHERE id = ${100_000 + step - 20}; COMMIT`);
  }
  await writer.end();
  return count;
}
