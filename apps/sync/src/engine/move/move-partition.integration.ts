import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bridge, HASHER, type Mapping } from './move.fixture.js';
import { limitOf } from '../document/run-limits.js';
import { MoveFailed } from './move-partition.js';

let bridge: Bridge;

beforeAll(async () => {
  bridge = await Bridge.open();
});
afterAll(() => bridge.close());

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
    await bridge.source.query(
      'CREATE TABLE people (id bigint PRIMARY KEY, age text, score text, email text, secret text)',
    );
    await bridge.source.query(`INSERT INTO people SELECT i, CASE WHEN i % 50 = 0 THEN 'CANARY' ELSE (i % 90)::text END,
      CASE WHEN i % 25 = 0 THEN 'CANARY' ELSE i || '.5' END, 'p' || i || '@example.org', 'secret' FROM generate_series(1, 1000) i`);
  });

  it('arrives mapped, rejects counted by field and rule, nothing of a value told', async () => {
    const stream = await bridge.compile(MAPPING);
    const { reports, done } = bridge.run(stream, { limits: { batchRows: 300, rejectSamples: 2 } });
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
    expect(result.checkpoint).toMatchObject({ version: 1, after: ['1000'], attempt: 1, counts: { read: 1_000 } });
    expect(reports.map(({ counts }) => counts.read)).toEqual([300, 600, 900, 1_000]);
    expect(reports[1]!.rejects[0]).toMatchObject({ count: 6, bounds: { after: ['300'], upTo: ['600'] } });
    expect(result.discard.complete).toBe(true);
    expect(result.discard.released).toBe(result.discard.buffers);
    expect(JSON.stringify([reports, result])).not.toContain('CANARY');
    const [row] = await bridge.target.query<Record<string, unknown>>('SELECT * FROM people WHERE number = 7');
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
    await bridge.target.query('CREATE TABLE strict (number bigint PRIMARY KEY, age integer CHECK (age <> 7))');
    const fields = [
      { from: 'id', to: 'number' },
      { from: 'age', cast: 'integer' },
    ];
    const stream = await bridge.compile({ ...MAPPING, to: 'strict', fields });
    const result = await bridge.run(stream, { bounds: { upTo: ['50'] } }).done;
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
    const stream = await bridge.compile({
      ...MAPPING,
      to: 'failing',
      fields: [
        { from: 'id', to: 'number' },
        { from: 'age', cast: 'integer', onFailure: 'fail' },
      ],
    });
    const failure = (await bridge
      .run(stream, { limits: { batchRows: 20 } })
      .done.catch((error: unknown) => error)) as MoveFailed;
    expect(failure).toBeInstanceOf(MoveFailed);
    expect(failure.reason).toMatchObject({ code: 'cast-failed', details: { stream: 'public.people', field: 'age' } });
    expect(failure.result.discard.complete).toBe(true);
    const [{ count }] = (await bridge.target.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM failing',
    )) as [{ count: number }];
    expect(count).toBeGreaterThanOrEqual(failure.result.counts.written);
    expect(count).toBeLessThan(50);
  });

  it('stops when too much is rejected', async () => {
    const stream = await bridge.compile({ ...MAPPING, to: 'limited' });
    const failure = await bridge
      .run(stream, { limits: { batchRows: 100, rejected: { count: 5 } } })
      .done.catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: { code: 'too-many-refused' } });
  });

  it('stops when a larger share is rejected or changed than allowed', async () => {
    const rejecting = await bridge.compile({ ...MAPPING, to: 'shares' });
    const limits = (share: string) => ({ batchRows: 100, rejected: limitOf(share) });
    await expect(bridge.run(rejecting, { limits: limits('1%') }).done).rejects.toMatchObject({
      reason: { code: 'too-many-refused' },
    });
    await bridge.run(rejecting, { limits: limits('2%') }).done;
    const fields = [{ from: 'id', to: 'number' }, { from: 'score' }];
    const changing = await bridge.compile({ ...MAPPING, to: 'changing', fields });
    await bridge.run(changing).done;
    await bridge.target.query(`UPDATE changing SET score = 'x' WHERE number <= 60`);
    const guarded = { attempt: 2, limits: { batchRows: 100, changed: limitOf('50%') } };
    await expect(bridge.run(changing, guarded).done).rejects.toMatchObject({ reason: { code: 'too-many-changed' } });
    await bridge.run(changing, { attempt: 2 }).done;
    expect((await bridge.run(changing, guarded).done).counts).toMatchObject({ updated: 0, unchanged: 1_000 });
  });

  it('reports a checkpoint only after its batch is durable, in order, never two at a time', async () => {
    const stream = await bridge.compile({ ...MAPPING, to: 'ordered' });
    let running = 0;
    const seen: number[] = [];
    await bridge.run(stream, {
      limits: { batchRows: 50 },
      onCheckpoint: async ({ checkpoint, counts }) => {
        expect(++running).toBe(1);
        const rows = await bridge.target.query<{ count: number }>(
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
    const stream = await bridge.compile({ ...MAPPING, to: 'cancelled' });
    const stop = new AbortController();
    const onCheckpoint = async () => stop.abort(new Error('cancelled by the user'));
    const failure = await bridge
      .run(stream, { limits: { batchRows: 10 }, signal: stop.signal, onCheckpoint })
      .done.catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'MoveFailed',
      reason: { message: 'cancelled by the user' },
      result: { discard: { complete: true } },
    });
  });

  it('keeps apart records whose reading key is not known to be unique', async () => {
    await bridge.source.query('CREATE TABLE loose (code text NOT NULL, at timestamptz NOT NULL)');
    await bridge.source.query(`INSERT INTO loose SELECT 'c' || i / 7, '2024-01-01' FROM generate_series(0, 699) i`);
    const stream = await bridge.compile({
      from: 'public.loose',
      to: 'loose',
      key: ['code'],
      fields: [{ from: 'code' }, { from: 'at' }],
    });
    expect(stream.partition.uniqueKey).toBe(false);
    const { done } = bridge.run(stream, { limits: { batchRows: 10 } });
    expect((await done).counts.read).toBe(700);
    expect(await bridge.lines('target', 'SELECT * FROM loose')).toEqual(
      await bridge.lines('source', 'SELECT DISTINCT * FROM loose'),
    );
  });
});
