import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bridge } from './move.fixture.js';
import type { Checkpoint, CheckpointReport } from './partition-move.js';

/** A short form for every run of the tests; a long one takes about half a second per scenario. */
const RUNS = 12;

let bridge: Bridge;

beforeAll(async () => {
  bridge = await Bridge.open();
});
afterAll(() => bridge.close());

/** A column: its type in the source, an SQL expression for random values, and what the mapping does with it. */
const COLUMNS = [
  { type: 'text', value: `CASE WHEN random() < 0.2 THEN NULL ELSE md5(i::text || random()) END` },
  { type: 'text', value: `(random() * 1000)::int::text`, cast: 'bigint', sql: 'int8' },
  { type: 'text', value: `((random() - 0.5) * 1e6)::text`, cast: 'double', sql: 'float8' },
  { type: 'text', value: `round((random() * 1e12)::numeric, 7)::text`, cast: 'numeric', sql: 'numeric' },
  {
    type: 'text',
    value: `(timestamp '1900-01-01' + random() * interval '300 years')::text`,
    cast: 'timestamp',
    sql: 'timestamp',
  },
  { type: 'text', value: `(date '1900-01-01' + (random() * 100000)::int)::text`, cast: 'date', sql: 'date' },
  { type: 'bigint', value: `((random() - 0.5) * 9e18)::int8`, cast: 'text', sql: 'text' },
  { type: 'integer', value: `(random() * 2e9)::int`, cast: 'numeric', sql: 'numeric' },
  {
    type: 'double precision',
    value: `CASE WHEN random() < 0.1 THEN 'NaN' ELSE random() * 1e300 END`,
    cast: 'text',
    sql: 'text',
  },
  { type: 'numeric', value: `(random() * 1e15)::numeric(30, 8)` },
  { type: 'jsonb', value: `jsonb_build_object('n', random(), 't', md5(i::text))`, cast: 'json', sql: 'json' },
  { type: 'timestamptz', value: `now() - random() * interval '50 years'`, cast: 'date', sql: 'date' },
  { type: 'uuid', value: 'gen_random_uuid()', cast: 'text', sql: 'text' },
  { type: 'boolean', value: 'random() < 0.5', cast: 'integer', sql: 'int4' },
  { type: 'integer[]', value: 'ARRAY[i, NULL, (random() * 100)::int]' },
  { type: 'interval', value: `random() * interval '3 years'` },
  { type: 'bytea', value: `decode(md5(random()::text), 'hex')` },
] as const;

const KEYS = [
  { columns: ['k1 integer'], values: 'i' },
  { columns: ['k1 uuid'], values: 'gen_random_uuid()' },
  { columns: ['k1 text COLLATE "en-x-icu"'], values: `md5(i::text) || E'\\'\\\\"é'` },
  {
    columns: ['k1 text', 'k2 timestamptz'],
    values: `(i % 7)::text, '2024-01-01'::timestamptz + i * interval '1 microsecond'`,
  },
  { columns: ['k1 numeric', 'k2 date', 'k3 boolean'], values: `(i % 3) / 7.0, '0001-01-01 BC'::date + i, i % 2 = 0` },
  { columns: ['k1 interval'], values: `i * interval '1 hour'` },
] as const;

describe('whatever the schema, the values, and the moments at which the work is cut off', () => {
  it('the target equals the model', async () => {
    let number = 0;
    const scenario = fc.record({
      columns: fc.subarray([...COLUMNS], { minLength: 1 }),
      key: fc.constantFrom(...KEYS),
      rows: fc.integer({ min: 0, max: 400 }),
      mode: fc.constantFrom('upsert', 'append', 'replace'),
      batchRows: fc.integer({ min: 1, max: 90 }),
      // How many checkpoints each attempt lives, and whether the last of them was recorded before it died.
      lives: fc.array(fc.record({ checkpoints: fc.nat(4), recorded: fc.boolean() }), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ columns, key, rows, mode, batchRows, lives }) => {
        const table = `random_${number++}`;
        const definitions = [...key.columns, ...columns.map(({ type }, index) => `c${index} ${type}`)];
        const keys = key.columns.map((column) => column.split(' ')[0]!);
        await bridge.source.query(
          `CREATE TABLE ${table} (${definitions.join(', ')}, PRIMARY KEY (${keys.join(', ')}))`,
        );
        await bridge.source.query(
          `INSERT INTO ${table} SELECT ${[key.values, ...columns.map(({ value }) => value)].join(', ')} FROM generate_series(1, ${rows}) i`,
        );
        const fields = columns.map((column, index) => ({
          from: `c${index}`,
          to: `t${index}`,
          ...('cast' in column ? { cast: column.cast } : {}),
        }));
        const stream = await bridge.compile({
          from: `public.${table}`,
          to: table,
          mode,
          key: keys,
          fields: [...keys.map((name) => ({ from: name })), ...fields],
        });

        let checkpoint: Checkpoint | undefined;
        let attempt = 1;
        for (const { checkpoints, recorded } of lives) {
          let left = checkpoints;
          const onCheckpoint = async (report: CheckpointReport) => {
            if (left-- > 0 || recorded) checkpoint = report.checkpoint;
            if (left < 0) throw new Error('killed');
          };
          await bridge
            .run(stream, {
              attempt: attempt++,
              writeId: table,
              resumeFrom: checkpoint,
              limits: { batchRows },
              onCheckpoint,
            })
            .done.catch(() => undefined);
        }
        const result = await bridge.run(stream, {
          attempt,
          writeId: table,
          resumeFrom: checkpoint,
          limits: { batchRows },
        }).done;
        expect(result.rejected).toEqual([]);

        const expected = [
          ...keys,
          ...columns.map((column, index) => ('sql' in column ? `c${index}::${column.sql}` : `c${index}`)),
        ];
        const arrived = [...keys, ...columns.map((_, index) => `t${index}`)];
        expect(await bridge.lines('target', `SELECT ${arrived.join(', ')} FROM ${table}`)).toEqual(
          await bridge.lines('source', `SELECT ${expected.join(', ')} FROM ${table}`),
        );
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 180_000);
});
