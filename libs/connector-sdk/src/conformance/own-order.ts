import assert from 'node:assert/strict';
import { type Behaviour, behaviour } from './behaviour.js';
import { numbered } from './schema.js';
import { errorOf, never } from './workbench.js';

export const ownOrderBehaviours: readonly Behaviour[] = [
  behaviour('finds the place behind every batch of its own order again', ['source', 'own-order'], async (bench) => {
    const stream = await bench.sandbox.create(numbered(25));
    const session = await bench.open();
    const { capabilities } = await bench.schema(session, stream);
    assert.equal(capabilities.ownOrder, true);
    const whole = await bench.read(session, stream, { limits: { batchRows: 4 } });
    assert.equal(whole.rows.length, 25);
    assert.equal(whole.batches.length, 7);
    for (const [index, { lastKey }] of whole.batches.entries()) {
      const { rows } = await bench.read(await bench.open(), stream, { bounds: { after: lastKey } });
      assert.deepEqual(rows, whole.rows.slice((index + 1) * 4));
    }
  }),

  behaviour(
    'keeps a place while the stream grows, and reads what came since',
    ['source', 'own-order', 'grows'],
    async (bench) => {
      const stream = await bench.sandbox.create(numbered(6));
      const session = await bench.open();
      const before = await bench.read(session, stream);
      await bench.sandbox.insert!(stream, [['7', 'late', null]]);
      const { rows } = await bench.read(session, stream, { bounds: { after: before.batches.at(-1)!.lastKey } });
      assert.deepEqual(rows, [['7', 'late', null]]);
    },
  ),

  behaviour(
    'reads to the end that was fixed at the start, not to where the stream grew',
    ['source', 'own-order', 'rewrites'],
    async (bench) => {
      const stream = await bench.sandbox.create(numbered(6));
      const session = await bench.open();
      const upTo = await session.lastKey({ stream, key: [], signal: never() });
      await bench.sandbox.insert!(stream, [['7', 'late', null]]);
      assert.equal((await bench.read(session, stream, { bounds: { upTo } })).rows.length, 6);
    },
  ),

  behaviour(
    'refuses to go on in a stream that did more than grow',
    ['source', 'own-order', 'rewrites'],
    async (bench) => {
      const stream = await bench.sandbox.create(numbered(1));
      const session = await bench.open();
      const { batches } = await bench.read(session, stream);
      await bench.sandbox.rewrite!(stream);
      const error = await errorOf(bench.read(session, stream, { bounds: { after: batches[0]!.lastKey } }));
      assert.equal(error.code, 'stream-changed');
    },
  ),
];
