import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Session } from '@millrace/connector-sdk';
import { createFieldHasher, createFieldTokenizer } from '@millrace/crypto';
import { type TestDatabase, testStack } from '@millrace/testing';
import fc from 'fast-check';
import { never, openSession } from '../../../../../libs/connectors/postgres/src/session.fixture.js';
import { compilePipeline } from '../mapping/compile-pipeline.js';
import type { CompiledStream } from '../mapping/compiled-stream.js';
import { validatePipeline } from '../mapping/validate-pipeline.js';
import { parsePipeline } from '../document/parse-pipeline.js';
import { MoveFailed, movePartition } from './move-partition.js';
import type { Checkpoint, CheckpointReport, PartitionMove } from './partition-move.js';

/** A short form for every run of the tests; a long one takes about half a second per scenario. */
const RUNS = 12;
const HASHER = createFieldHasher(Buffer.alloc(32, 1));
const TOKENIZER = createFieldTokenizer(Buffer.alloc(32, 1));

let source: TestDatabase;
let target: TestDatabase;
let from: Session;
let to: Session;

beforeAll(async () => {
  source = await testStack().createDatabase();
  target = await testStack().createDatabase();
  from = await openSession(source);
  to = await openSession(target);
});

afterAll(async () => {
  await source.drop();
  await target.drop();
});

interface Mapping {
  readonly from: string;
  readonly to: string;
  readonly key: readonly string[];
  readonly fields: readonly Record<string, unknown>[];
}

async function compile(mapping: Mapping): Promise<CompiledStream> {
  const { document, faults } = parsePipeline({
    version: 1,
    name: 'test',
    source: { connection: 'a' },
    target: { connection: 'b' },
    streams: [mapping],
  });
  if (!document) throw new Error(JSON.stringify(faults));
  const [left, right] = await Promise.all([from.discover({ signal: never() }), to.discover({ signal: never() })]);
  expect(validatePipeline(document, left, right)).toEqual([]);
  const keyed = { fieldHasher: HASHER, tokenizer: TOKENIZER };
  return compilePipeline(document, { source: left, target: right, ...keyed })[0]!;
}

function run(stream: CompiledStream, change: Partial<PartitionMove> = {}) {
  const reports: CheckpointReport[] = [];
  const onCheckpoint = async (report: CheckpointReport) => void reports.push(report);
  const move = {
    stream,
    source: from,
    target: to,
    bounds: {},
    writeId: 'test',
    attempt: 1,
    signal: never(),
    onCheckpoint,
    ...change,
  };
  return { reports, done: movePartition(move) };
}

async function lines(database: TestDatabase, select: string): Promise<string[]> {
  return (await database.query<{ line: string }>(`SELECT x::text AS line FROM (${select}) x ORDER BY 1`)).map(
    ({ line }) => line,
  );
}

describe('a partition', () => {
  const MAPPING: Mapping = {
    from: 'public.people',
    to: 'people',
    key: ['number'],
    fields: [
      { from: 'id', to: 'number' },
      { from: 'age', cast: 'integer' },
      { from: 'score', cast: 'double', onFailure: 'null' },
      { from: 'email', to: 'email_hash', hash: true },
      { from: 'email', to: 'email_again' },
      { from: 'secret', drop: true },
    ],
  };

  beforeAll(async () => {
    await source.query('CREATE TABLE people (id bigint PRIMARY KEY, age text, score text, email text, secret text)');
    await source.query(`INSERT INTO people SELECT i, CASE WHEN i % 50 = 0 THEN 'CANARY' ELSE (i % 90)::text END,
      CASE WHEN i % 25 = 0 THEN 'CANARY' ELSE i || '.5' END, 'p' || i || '@example.org', 'secret' FROM generate_series(1, 1000) i`);
  });

  it('arrives mapped, rejects counted by field and rule, nothing of a value told', async () => {
    const stream = await compile(MAPPING);
    const { reports, done } = run(stream, { limits: { batchRows: 300, rejectSamples: 2 } });
    const result = await done;
    expect(result.counts).toMatchObject({
      read: 1_000,
      written: 980,
      inserted: 980,
      updated: 0,
      rejected: 20,
      nulled: 20,
    });
    expect(result.rejected).toEqual([
      {
        stream: 'public.people',
        stage: 'mapping',
        field: 'age',
        rule: 'not-a-number',
        count: 20,
        fingerprints: [expect.any(String), expect.any(String)],
      },
    ]);
    expect(result.checkpoint).toEqual({ version: 1, after: ['1000'] });
    expect(reports.map(({ counts }) => counts.read)).toEqual([300, 600, 900, 1_000]);
    expect(reports[1]!.rejects[0]).toMatchObject({ count: 6, bounds: { after: ['300'], upTo: ['600'] } });
    expect(result.discard.complete).toBe(true);
    expect(result.discard.released).toBe(result.discard.buffers);
    expect(JSON.stringify([reports, result])).not.toContain('CANARY');
    const [row] = await target.query<Record<string, unknown>>('SELECT * FROM people WHERE number = 7');
    expect(row).toEqual({
      number: '7',
      age: 7,
      score: 7.5,
      email_hash: HASHER(Buffer.from('p7@example.org')),
      email_again: 'p7@example.org',
    });
    expect(stream.dropped).toEqual(['secret']);
    expect(stream.partition.projection.map(({ field }) => field)).not.toContain('secret');
  });

  it('gives the same fingerprint to a record whether the mapping or the target refuses it', async () => {
    await target.query('CREATE TABLE strict (number bigint PRIMARY KEY, age integer CHECK (age <> 7))');
    const fields = [
      { from: 'id', to: 'number' },
      { from: 'age', cast: 'integer' },
    ];
    const stream = await compile({ ...MAPPING, to: 'strict', fields });
    const result = await run(stream, { bounds: { upTo: ['50'] } }).done;
    expect(result.rejected).toMatchObject([
      { stage: 'mapping', field: 'age', rule: 'not-a-number', count: 1 },
      { stage: 'target', rule: 'check', count: 1 },
    ]);
    const key = (number: number) => {
      const cell = Buffer.alloc(12);
      cell.writeInt32BE(8, 0);
      cell.writeBigInt64BE(BigInt(number), 4);
      return HASHER(cell);
    };
    expect(result.rejected.map(({ fingerprints }) => fingerprints)).toEqual([[key(50)], [key(7)]]);
  });

  it('stops at the first bad value when the document says so, with what came before kept', async () => {
    const stream = await compile({
      ...MAPPING,
      to: 'failing',
      fields: [
        { from: 'id', to: 'number' },
        { from: 'age', cast: 'integer', onFailure: 'fail' },
      ],
    });
    const failure = (await run(stream, { limits: { batchRows: 20 } }).done.catch(
      (error: unknown) => error,
    )) as MoveFailed;
    expect(failure).toBeInstanceOf(MoveFailed);
    expect(failure.reason).toMatchObject({ code: 'cast-failed', details: { stream: 'public.people', field: 'age' } });
    expect(failure.result.discard.complete).toBe(true);
    const [{ count }] = (await target.query<{ count: number }>('SELECT count(*)::int AS count FROM failing')) as [
      { count: number },
    ];
    expect(count).toBeGreaterThanOrEqual(failure.result.counts.written);
    expect(count).toBeLessThan(50);
  });

  it('stops when too much is rejected', async () => {
    const stream = await compile({ ...MAPPING, to: 'limited' });
    const failure = await run(stream, { limits: { batchRows: 100, maxRejected: 5 } }).done.catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ reason: { code: 'too-many-refused' } });
  });

  it('reports a checkpoint only after its batch is durable, in order, never two at a time', async () => {
    const stream = await compile({ ...MAPPING, to: 'ordered' });
    let running = 0;
    const seen: number[] = [];
    await run(stream, {
      limits: { batchRows: 50 },
      onCheckpoint: async ({ checkpoint, counts }) => {
        expect(++running).toBe(1);
        const rows = await target.query<{ count: number }>(
          'SELECT count(*)::int AS count FROM ordered WHERE number <= $1',
          [checkpoint.after[0]],
        );
        expect(rows[0]!.count).toBe(counts.written);
        seen.push(Number(checkpoint.after[0]));
        running--;
      },
    }).done;
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => (index + 1) * 50));
  });

  it('stops promptly when it is cancelled', async () => {
    const stream = await compile({ ...MAPPING, to: 'cancelled' });
    const stop = new AbortController();
    const onCheckpoint = async () => stop.abort(new Error('cancelled by the user'));
    const failure = await run(stream, { limits: { batchRows: 10 }, signal: stop.signal, onCheckpoint }).done.catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      name: 'MoveFailed',
      reason: { message: 'cancelled by the user' },
      result: { discard: { complete: true } },
    });
  });

  it('keeps apart records whose reading key is not known to be unique', async () => {
    await source.query('CREATE TABLE loose (code text NOT NULL, at timestamptz NOT NULL)');
    await source.query(`INSERT INTO loose SELECT 'c' || i / 7, '2024-01-01' FROM generate_series(0, 699) i`);
    const stream = await compile({
      from: 'public.loose',
      to: 'loose',
      key: ['code'],
      fields: [{ from: 'code' }, { from: 'at' }],
    });
    expect(stream.partition.uniqueKey).toBe(false);
    const { done } = run(stream, { limits: { batchRows: 10 } });
    expect((await done).counts.read).toBe(700);
    expect(await lines(target, 'SELECT * FROM loose')).toEqual(await lines(source, 'SELECT DISTINCT * FROM loose'));
  });
});

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
      batchRows: fc.integer({ min: 1, max: 90 }),
      // How many checkpoints each attempt lives, and whether the last of them was recorded before it died.
      lives: fc.array(fc.record({ checkpoints: fc.nat(4), recorded: fc.boolean() }), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ columns, key, rows, batchRows, lives }) => {
        const table = `random_${number++}`;
        const definitions = [...key.columns, ...columns.map(({ type }, index) => `c${index} ${type}`)];
        const keys = key.columns.map((column) => column.split(' ')[0]!);
        await source.query(`CREATE TABLE ${table} (${definitions.join(', ')}, PRIMARY KEY (${keys.join(', ')}))`);
        await source.query(
          `INSERT INTO ${table} SELECT ${[key.values, ...columns.map(({ value }) => value)].join(', ')} FROM generate_series(1, ${rows}) i`,
        );
        const fields = columns.map((column, index) => ({
          from: `c${index}`,
          to: `t${index}`,
          ...('cast' in column ? { cast: column.cast } : {}),
        }));
        const stream = await compile({
          from: `public.${table}`,
          to: table,
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
          await run(stream, {
            attempt: attempt++,
            resumeFrom: checkpoint,
            limits: { batchRows },
            onCheckpoint,
          }).done.catch(() => undefined);
        }
        const result = await run(stream, { attempt, resumeFrom: checkpoint, limits: { batchRows } }).done;
        expect(result.rejected).toEqual([]);

        const expected = [
          ...keys,
          ...columns.map((column, index) => ('sql' in column ? `c${index}::${column.sql}` : `c${index}`)),
        ];
        const arrived = [...keys, ...columns.map((_, index) => `t${index}`)];
        expect(await lines(target, `SELECT ${arrived.join(', ')} FROM ${table}`)).toEqual(
          await lines(source, `SELECT ${expected.join(', ')} FROM ${table}`),
        );
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 180_000);
});
