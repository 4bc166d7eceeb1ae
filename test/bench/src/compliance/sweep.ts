import { definition as gateway } from '@millrace/gateway';
import { newId, stopwatch } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import { RetentionSweeper, type RunningService, type ServiceDefinition } from '@millrace/service';
import { startTestRegion } from '@millrace/testing';
import { median, rounded } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import type { BenchOptions } from '../options.js';

interface Place {
  readonly options: BenchOptions;
  readonly note: (line: string) => void;
}

/** A table whose rows a sweep ends. */
interface Swept {
  readonly definition: ServiceDefinition;
  readonly table: string;
  readonly instant: string;
  /** What a row holds, in SQL: `$1` is the person that is held, `i` the number of the row, `since` when its period began. */
  readonly row: Readonly<Record<string, string>>;
  /** What is done before rows come that are as old as these. */
  readonly before?: (service: RunningService, ages: readonly number[]) => Promise<void>;
}

/** The figures are for five times the rows that the other contests take. */
const TIMES = 5;
/** Rows of one statement: the last ones of five million take longest, and none may take half a minute. */
const STEP = 100_000;
/** Days since the rows came: those that are due lie on ten days, as a region that stood still for so long has them. */
const DUE_DAYS = Array.from({ length: 10 }, (_, day) => 191 + day);
const YOUNG_DAYS = 1;
const PERSON = `case when i % 100 = 0 then $1 else gen_random_uuid() end`;

export const sweep = contest('sweep', 'sweep_5m_s', 30, 'one sweep over', {
  definition: notifications,
  table: 'notification',
  instant: 'created_at',
  row: {
    ...{ id: 'gen_random_uuid()', event_id: 'gen_random_uuid()', org_id: 'gen_random_uuid()', user_id: PERSON },
    ...{ topic: `'run-failed'`, message: `'run-failed'`, parameters: `'{}'::jsonb` },
  },
});

export const partitionSweep = contest(
  'partition-sweep',
  'partition_sweep_5m_s',
  5,
  'the same for access logs in days:',
  {
    definition: gateway,
    table: 'access_log',
    instant: 'at',
    row: {
      ...{ request_id: 'gen_random_uuid()', method: `'GET'`, route: `'/api/v1/runs'`, status: '200', duration_ms: '1' },
      ...{ address: `'192.0.2.1'`, user_agent: `'bench'`, user_id: PERSON },
    },
    async before(service, ages) {
      for (const age of ages)
        await run(service, `select access_log_open_day(($1::timestamptz at time zone 'UTC')::date - $2::integer)`, [
          service.runtime.clock.now(),
          age,
        ]);
    },
  },
);

function contest(name: string, figure: string, atMost: number, what: string, swept: Swept): Contest<Place> {
  const work = `${what} five million rows, of which 20 % are not due yet and 1 % under a legal hold; exactly those are left`;
  return {
    name,
    figures: { [figure]: { work, unit: 's', atMost } },
    measure: async (place) => ({ [figure]: await measure(place, swept) }) satisfies Figures,
  };
}

async function measure({ options, note }: Place, swept: Swept): Promise<number> {
  const { definition } = swept;
  await using region = await startTestRegion({ definitions: [definition] });
  const service = region.service(definition.name);
  const held = newId();
  await run(service, 'insert into legal_hold (id, subject) values ($1, $2)', [
    newId(),
    JSON.stringify({ ids: [held], lookups: [] }),
  ]);
  const sweeper = new RetentionSweeper(service.runtime, service.database, definition.tables);
  const rows = options.rows * TIMES;
  const seconds: number[] = [];
  for (let round = 0; round < options.pairs; round++) {
    await fill(service, swept, rows, held);
    const elapsed = stopwatch();
    await sweeper.sweep();
    seconds.push(elapsed() / 1_000);
    await check(service, swept, rows, held);
    note(`  round ${round + 1}: ${rows} rows in ${seconds.at(-1)!.toFixed(1)} s`);
  }
  return rounded(median(seconds));
}

/** Of a hundred rows one is held, twenty are of yesterday, and the others are long due; in the order in which they came. */
async function fill(service: RunningService, swept: Swept, rows: number, held: string): Promise<void> {
  const { table, instant, row, before } = swept;
  await run(service, `delete from ${table}`);
  await before?.(service, [...DUE_DAYS, YOUNG_DAYS]);
  const now = service.runtime.clock.now();
  for (let from = 1; from <= rows; from += STEP)
    await run(
      service,
      `insert into ${table} (${Object.keys(row).join(', ')}, ${instant})
       select ${Object.values(row).join(', ')}, $2::timestamptz
         - case when i % 100 between 1 and 20 then ${YOUNG_DAYS} else ${DUE_DAYS.at(-1)} - i * ${DUE_DAYS.length}::bigint / ($5::integer + 1) end * interval '1 day'
         + (i % 1000) * interval '1 millisecond'
       from generate_series($3::integer, $4::integer) i`,
      [held, now, from, Math.min(rows, from + STEP - 1), rows],
    );
}

/** @throws Error unless exactly those are left that are held or not due */
async function check(service: RunningService, { table, instant }: Swept, rows: number, held: string): Promise<void> {
  const [left] = await run<{ held: number; due: number; young: number }>(
    service,
    `select count(*) filter (where user_id = $1)::int as held,
       count(*) filter (where user_id <> $1 and ${instant} < $2::timestamptz - interval '100 days')::int as due,
       count(*) filter (where user_id <> $1 and ${instant} >= $2::timestamptz - interval '100 days')::int as young
     from ${table}`,
    [held, service.runtime.clock.now()],
  );
  const expected = { held: rows / 100, due: 0, young: rows / 5 };
  if (JSON.stringify(left) !== JSON.stringify(expected)) throw new Error(`Left is ${JSON.stringify(left)}`);
}

function run<T>({ database }: RunningService, sql: string, values: unknown[] = []): Promise<T[]> {
  return database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, values));
}
