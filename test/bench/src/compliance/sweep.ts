import { definition } from '@millrace/notifications';
import { newId, stopwatch } from '@millrace/kernel';
import { RetentionSweeper, type RunningService } from '@millrace/service';
import { startTestRegion } from '@millrace/testing';
import { median, rounded } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import type { BenchOptions } from '../options.js';

interface Place {
  readonly options: BenchOptions;
  readonly note: (line: string) => void;
}

/** The figure is for five times the rows that the other contests take. */
const TIMES = 5;
/** Rows of one statement: the last ones of five million take longest, and none may take half a minute. */
const STEP = 100_000;

export const sweep: Contest<Place> = {
  name: 'sweep',
  figures: {
    sweep_5m_s: {
      work: 'one sweep over five million rows, of which 20 % are not due yet and 1 % under a legal hold; exactly those are left',
      unit: 's',
      atMost: 30,
    },
  },
  measure,
};

async function measure({ options, note }: Place): Promise<Figures> {
  await using region = await startTestRegion({ definitions: [definition] });
  const service = region.service('notifications');
  const held = newId();
  await run(service, 'insert into legal_hold (id, subject) values ($1, $2)', [
    newId(),
    JSON.stringify({ ids: [held], lookups: [] }),
  ]);
  const sweeper = new RetentionSweeper(service.runtime, service.database, definition.tables);
  const rows = options.rows * TIMES;
  const seconds: number[] = [];
  for (let round = 0; round < options.pairs; round++) {
    await fill(service, rows, held);
    const elapsed = stopwatch();
    await sweeper.sweep();
    seconds.push(elapsed() / 1_000);
    await check(service, rows, held);
    note(`  round ${round + 1}: ${rows} rows in ${seconds.at(-1)!.toFixed(1)} s`);
  }
  return { sweep_5m_s: rounded(median(seconds)) };
}

/** Of a hundred rows one is held, twenty are of yesterday, and the others are long due; in the order in which they came. */
async function fill(service: RunningService, rows: number, held: string): Promise<void> {
  await run(service, 'delete from notification');
  const now = service.runtime.clock.now();
  for (let from = 1; from <= rows; from += STEP)
    await run(
      service,
      `insert into notification (id, event_id, org_id, user_id, topic, message, parameters, created_at)
       select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), case when i % 100 = 0 then $1 else gen_random_uuid() end,
         'run-failed', 'run-failed', '{}', $2::timestamptz - case when i % 100 between 1 and 20 then interval '1 day' else interval '200 days' end
           + i * interval '1 millisecond'
       from generate_series($3::integer, $4::integer) i`,
      [held, now, from, Math.min(rows, from + STEP - 1)],
    );
}

/** @throws Error unless exactly those are left that are held or not due */
async function check(service: RunningService, rows: number, held: string): Promise<void> {
  const [left] = await run<{ held: number; due: number; young: number }>(
    service,
    `select count(*) filter (where user_id = $1)::int as held,
       count(*) filter (where user_id <> $1 and created_at < $2::timestamptz - interval '100 days')::int as due,
       count(*) filter (where user_id <> $1 and created_at >= $2::timestamptz - interval '100 days')::int as young
     from notification`,
    [held, service.runtime.clock.now()],
  );
  const expected = { held: rows / 100, due: 0, young: rows / 5 };
  if (JSON.stringify(left) !== JSON.stringify(expected)) throw new Error(`Left is ${JSON.stringify(left)}`);
}

function run<T>({ database }: RunningService, sql: string, values: unknown[] = []): Promise<T[]> {
  return database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, values));
}
