import assert from 'node:assert/strict';
import { type Behaviour, behaviour } from './behaviour.js';
import type { Workbench } from './workbench.js';
import { COLUMNS, records } from './writing.js';

/** A target that holds one old record. */
async function oldTarget(bench: Workbench) {
  const request = bench.request('replace', COLUMNS);
  const writer = await bench.apply(await bench.open(), request, [records(['1', 'old'])]);
  await writer.close();
  return { ...request, writeId: 'the next' };
}

const OLD = [['1', 'old']];

export const replaceBehaviours: readonly Behaviour[] = [
  behaviour('shows a replacement in one step, at its end', ['replace'], async (bench) => {
    const request = await oldTarget(bench);
    const writer = await bench.apply(await bench.open(), request, [records(['2', 'new']), records(['3', 'new'])]);
    assert.deepEqual(await bench.readBack(request, COLUMNS), OLD);
    await writer.close();
    assert.deepEqual(await bench.readBack(request, COLUMNS), [
      ['2', 'new'],
      ['3', 'new'],
    ]);
  }),

  behaviour('leaves the old set when a replacement is broken off', ['replace'], async (bench) => {
    const request = await oldTarget(bench);
    const writer = await bench.apply(await bench.open(), request, [records(['2', 'new'])]);
    await writer.abort();
    assert.deepEqual(await bench.readBack(request, COLUMNS), OLD);
  }),

  behaviour('goes on with an interrupted replacement behind its mark', ['replace'], async (bench) => {
    const request = await oldTarget(bench);
    const first = await bench.apply(await bench.open(), request, [records(['2', 'b']), records(['3', 'c'])]);
    await first.abort();
    const second = await (await bench.open()).write({ ...request, attempt: 2 });
    assert.equal(second.committed, 'mark-2');
    await second.apply(records(['4', 'd']), 'mark-3');
    await second.close();
    assert.deepEqual(await bench.readBack(request, COLUMNS), [
      ['2', 'b'],
      ['3', 'c'],
      ['4', 'd'],
    ]);
  }),

  behaviour('starts a replacement anew that belongs to another write', ['replace'], async (bench) => {
    const request = await oldTarget(bench);
    const broken = await bench.apply(await bench.open(), request, [records(['2', 'broken off'])]);
    await broken.abort();
    const other = await (await bench.open()).write({ ...request, writeId: 'yet another' });
    assert.equal(other.committed, undefined);
    await other.apply(records(['9', 'new']), 'mark-1');
    await other.close();
    assert.deepEqual(await bench.readBack(request, COLUMNS), [['9', 'new']]);
  }),

  behaviour('replaces by nothing where there is nothing to write', ['replace'], async (bench) => {
    const request = await oldTarget(bench);
    const writer = await (await bench.open()).write(request);
    await writer.close();
    assert.deepEqual(await bench.readBack(request, COLUMNS), []);
  }),
];
