import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { applyPipeline, readRun, type Run, startRun } from '@millrace/contracts';
import { delay, stopwatch, until } from '@millrace/kernel';
import type pg from 'pg';
import { ChaosRegion, RECOVERY_MS } from './chaos-region.js';

/** Set by `make soak`; without it one short round is run. */
const MINUTES = Number(process.env['MILLRACE_SOAK_MINUTES'] ?? 0);
/** The same seed kills at the same moments and changes the same records. */
const SEED = jest.getSeed();
const WORKERS = ['worker-1', 'worker-2'];
const ITEMS = 3_000;
/** So many that appending them takes a while, in which workers can be killed. */
const EVENTS = 150_000;

/** A whole number below `limit`. */
type Dice = (limit: number) => number;

/** Mulberry32, a small generator whose sequence its seed decides. */
function diceOf(seed: number): Dice {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const ITEM_FIELDS = [{ from: 'id' }, { from: 'note' }];
/** Every way of moving that must neither lose nor double a record; the first goes on by itself. */
const PIPELINES = {
  followed: { from: 'public.item', key: ['id'], read: 'changes', deletes: 'remove', fields: ITEM_FIELDS },
  appended: { from: 'public.event', mode: 'append', read: { cursor: 'id' }, fields: ITEM_FIELDS },
  mirrored: { from: 'public.item', key: ['id'], deletes: 'remove', fields: ITEM_FIELDS },
  replaced: { from: 'public.item', mode: 'replace', key: ['id'], fields: ITEM_FIELDS },
  advanced: { from: 'public.event', key: ['id'], read: { cursor: 'id' }, fields: ITEM_FIELDS },
} as const;
type Name = keyof typeof PIPELINES;
const names = Object.keys(PIPELINES) as Name[];
const started = names.filter((name) => name !== 'followed');

let chaos: ChaosRegion;

beforeAll(async () => {
  chaos = await ChaosRegion.start(
    { workers: WORKERS.length },
    `create table item (id integer primary key, note text);
     create table event (id bigserial primary key, note text);
     insert into item select i, 'item ' || i from generate_series(1, ${ITEMS}) i;
     insert into event (note) select 'event ' || i || repeat(' and so on', 20) from generate_series(1, ${EVENTS}) i`,
  );
  for (const name of names) {
    const document = {
      version: 1,
      name,
      source: { connection: 'shop' },
      target: { connection: 'warehouse' },
      streams: [{ to: name, ...PIPELINES[name] }],
      ...(name === 'followed' ? { schedule: { continuously: true } } : {}),
    };
    await chaos.owner.call(applyPipeline, { name, document });
  }
}, 180_000);
afterAll(() => chaos?.[Symbol.asyncDispose](), 60_000);

/** Changes the source, a transaction after another, until it is told to stop; answers how many it were. */
async function writeOn(dice: Dice, signal: AbortSignal): Promise<number> {
  const client: pg.Client = await chaos.client('shop');
  let count = 0;
  for (; !signal.aborted; count++) {
    const id = dice(2 * ITEMS);
    const note = `round ${dice(1_000_000)}`;
    const other = dice(2 * ITEMS);
    await client.query(
      `begin; insert into item values (${id}, '${note}') on conflict (id) do update set note = '${note}';
       delete from item where id = ${other};
       update item set id = ${2 * ITEMS + other} where id = ${id} and ${id} % 7 = 0 and not exists (select 1 from item where id = ${2 * ITEMS + other});
       insert into event (note) values ('${note}'); commit`,
    );
    await delay(1 + dice(5));
  }
  await client.end();
  return count;
}

/** Kills each worker once, at moments that the dice say, while records are appended. */
async function killAll(dice: Dice): Promise<void> {
  await until('records that are appended', RECOVERY_MS, async () => {
    const found = await chaos.sql('warehouse', 'select 1 from appended limit 1').catch(() => []);
    return found.length > 0;
  });
  for (const victim of WORKERS) {
    await delay(dice(200));
    chaos.region.kill(victim, 'SIGKILL');
  }
}

/** Kills workers for a while, or holds them up for longer than their work waits for them. */
async function harm(dice: Dice): Promise<void> {
  for (let time = 0; time < 4; time++) {
    await delay(4_000 + dice(8_000));
    const victim = WORKERS[dice(WORKERS.length)]!;
    if (dice(3) > 0) chaos.region.kill(victim, 'SIGKILL');
    else {
      chaos.region.kill(victim, 'SIGSTOP');
      await delay(dice(25_000));
      chaos.region.kill(victim, 'SIGCONT');
    }
  }
}

async function ended(runId: string): Promise<Run> {
  return until('the end of the run', RECOVERY_MS, async () => {
    const run = await chaos.owner.call(readRun, { runId });
    return run.endedAt ? run : undefined;
  });
}

async function runAll(): Promise<void> {
  const runs = await Promise.all(started.map((name) => chaos.owner.call(startRun, { name })));
  for (const { runId } of runs) {
    const { pipeline, state, failure } = await ended(runId);
    expect({ pipeline, state, failure }).toEqual({ pipeline, state: 'succeeded', failure: undefined });
  }
}

const contentOf = (database: string, table: string) =>
  chaos.sql<{ count: number; digest: string }>(
    database,
    `select count(*)::int as count, md5(string_agg(id || '|' || note, ',' order by id)) as digest from ${table}`,
  );

async function round(dice: Dice): Promise<void> {
  const stop = new AbortController();
  const written = writeOn(dice, stop.signal);
  try {
    await Promise.all([runAll(), MINUTES > 0 ? harm(dice) : killAll(dice)]);
  } finally {
    stop.abort();
  }
  expect(await written).toBeGreaterThan(20);
  // What was written since a run had read its part comes with the next.
  await runAll();
  const item = await contentOf('shop', 'item');
  await until('what was followed', RECOVERY_MS, async () => {
    return JSON.stringify(await contentOf('warehouse', 'followed')) === JSON.stringify(item);
  });
  for (const name of started)
    expect({ name, is: await contentOf('warehouse', name) }).toEqual({
      name,
      is: await contentOf('shop', PIPELINES[name].from),
    });
}

describe('workers that are killed while the source goes on changing', () => {
  it(
    `lose and double nothing (seed ${SEED})`,
    async () => {
      const elapsed = stopwatch();
      const dice = diceOf(SEED);
      await until('the first snapshot', RECOVERY_MS, async () => (await followedRows()) > 0);
      let rounds = 0;
      do {
        await round(dice);
        rounds += 1;
      } while (elapsed() < MINUTES * 60_000);
      const restarts = WORKERS.reduce((sum, name) => sum + chaos.region.processes().get(name)!.restarts, 0);
      expect(restarts).toBeGreaterThanOrEqual(rounds);
      if (MINUTES > 0) process.stdout.write(`${rounds} rounds, ${restarts} workers killed, seed ${SEED}\n`);
    },
    MINUTES * 60_000 + 300_000,
  );

  async function followedRows(): Promise<number> {
    const [row] = await chaos.sql<{ count: number }>(
      'warehouse',
      `select count(*)::int as count from pg_stat_user_tables where relname = 'followed'`,
    );
    return row!.count;
  }
});
