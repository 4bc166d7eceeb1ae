import assert from 'node:assert/strict';
import { WRITE_MODES } from '../schema/stream-schema.js';
import { batchOf } from './cells.js';
import { type Behaviour, behaviour } from './behaviour.js';
import type { FieldSpec, Row } from './sandbox.js';
import { sorted, type Workbench } from './workbench.js';

export const COLUMNS: readonly FieldSpec[] = [
  { name: 'id', kind: 'int8' },
  { name: 'name', kind: 'text', nullable: true },
];

export const records = (...rows: Row[]) => batchOf(['int8', 'text'], rows);

/** Writes batches to the end and gives what the target then holds. */
async function written(
  bench: Workbench,
  request: ReturnType<Workbench['request']>,
  batches: ReturnType<typeof records>[],
) {
  const writer = await bench.apply(await bench.open(), request, batches);
  await writer.close();
  return bench.readBack(request, COLUMNS);
}

export const writeBehaviours: readonly Behaviour[] = [
  behaviour('inserts new keys, updates changed records and leaves the others', ['upsert'], async (bench) => {
    const request = bench.request('upsert', COLUMNS);
    await written(bench, request, [records(['1', 'a'], ['2', 'b'])]);
    const second = [records(['2', 'B'], ['3', null], ['1', 'a'])];
    assert.deepEqual(await written(bench, { ...request, writeId: 'second' }, second), [
      ['1', 'a'],
      ['2', 'B'],
      ['3', null],
    ]);
  }),

  behaviour('tells inserted, updated and unchanged records apart', ['upsert', 'counts-writes'], async (bench) => {
    const request = bench.request('upsert', COLUMNS);
    await written(bench, request, [records(['1', 'a'], ['2', 'b'])]);
    const writer = await (await bench.open()).write({ ...request, writeId: 'second' });
    const batch = records(['1', 'a'], ['2', 'B'], ['3', 'c']);
    const { inserted, updated, unchanged, unknown, refused } = await writer.apply(batch);
    await writer.close();
    assert.deepEqual(
      { inserted, updated, unchanged, unknown, refused },
      { inserted: 1, updated: 1, unchanged: 1, unknown: 0, refused: [] },
    );
  }),

  behaviour('gives a batch that is delivered twice no second effect', ['upsert'], async (bench) => {
    const request = bench.request('upsert', COLUMNS);
    const batch = records(['1', 'a'], ['2', 'b']);
    await written(bench, request, [batch]);
    assert.deepEqual(await written(bench, { ...request, attempt: 2 }, [batch, batch]), [
      ['1', 'a'],
      ['2', 'b'],
    ]);
  }),

  behaviour('touches only records that are there when it updates', ['upsert', 'update'], async (bench) => {
    const request = bench.request('upsert', COLUMNS);
    await written(bench, request, [records(['1', 'a'], ['2', 'b'])]);
    const update = { ...request, writeId: 'second', mode: 'update' as const };
    assert.deepEqual(await written(bench, update, [records(['2', 'B'], ['3', 'new'])]), [
      ['1', 'a'],
      ['2', 'B'],
    ]);
  }),

  behaviour('appends behind what is there, also from another write', ['append'], async (bench) => {
    const request = bench.request('append', COLUMNS);
    await written(bench, request, [records(['1', 'a']), records(['2', 'b'])]);
    const all = await written(bench, { ...request, writeId: 'second' }, [records(['2', 'b'], ['3', null])]);
    assert.deepEqual(
      all,
      sorted([
        ['1', 'a'],
        ['2', 'b'],
        ['2', 'b'],
        ['3', null],
      ]),
    );
  }),

  behaviour(
    'tells by its mark how far an interrupted append came, and appends no batch twice',
    ['append'],
    async (bench) => {
      const request = bench.request('append', COLUMNS);
      const first = await bench.apply(await bench.open(), request, [records(['1', 'a']), records(['2', 'b'])]);
      assert.equal(first.committed, undefined);
      await first.abort();
      const second = await (await bench.open()).write({ ...request, attempt: 2 });
      assert.equal(second.committed, 'mark-2');
      await second.apply(records(['3', 'c']), 'mark-3');
      await second.close();
      assert.deepEqual(await bench.readBack(request, COLUMNS), [
        ['1', 'a'],
        ['2', 'b'],
        ['3', 'c'],
      ]);
    },
  ),

  behaviour('knows an append again that was finished while nobody heard of it', ['append'], async (bench) => {
    const request = bench.request('append', COLUMNS);
    await written(bench, request, [records(['1', 'a'])]);
    const again = await (await bench.open()).write({ ...request, attempt: 2 });
    assert.equal(again.committed, 'mark-1');
    await again.close();
    assert.deepEqual(await bench.readBack(request, COLUMNS), [['1', 'a']]);
  }),

  behaviour('refuses every mode that it does not declare', ['target', 'closed-modes'], async (bench) => {
    const session = await bench.open();
    const { newStreams } = await session.discover({ streams: [], signal: new AbortController().signal });
    for (const mode of WRITE_MODES.filter((one) => !newStreams!.write.includes(one))) {
      await assert.rejects(session.write(bench.request(mode, COLUMNS)), { code: 'unsupported-mode' });
    }
  }),
];
