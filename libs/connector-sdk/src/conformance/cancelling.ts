import assert from 'node:assert/strict';
import { delay, until } from '@millrace/kernel';
import { SlabPool } from '../batch/slab-pool.js';
import { batchOf } from './cells.js';
import { type Behaviour, behaviour } from './behaviour.js';
import { numbered, PEOPLE } from './schema.js';
import { errorOf, never, settlesWithin, type Workbench } from './workbench.js';

/** How long a cancelled piece of work may take to be gone: a person waits for it. */
const SETTLE_MS = 2_000;
/** Most buffers that a read may hold whose batches are not taken. */
const MAX_READ_AHEAD = 8;
const MARKER = 'marker-7f3a';

export const cancelBehaviours: readonly Behaviour[] = [
  behaviour('stops a cancelled read at once and leaves no connection behind', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(numbered(5_000));
    const session = await bench.open();
    const cancel = new AbortController();
    const reading = read(bench, session, stream, cancel.signal, () => cancel.abort(new Error('cancelled')));
    await settlesWithin(SETTLE_MS, reading);
    await assert.rejects(reading, /cancelled/);
    await session.close();
    await until('the connections to close', SETTLE_MS, () => bench.tap.open === 0);
  }),

  behaviour('does not begin what was cancelled before', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const session = await bench.open();
    const reading = bench.read(session, stream, { signal: AbortSignal.abort(new Error('cancelled')) });
    await assert.rejects(reading, /cancelled/);
  }),

  behaviour('leaves no connection behind when its reader goes away', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(numbered(5_000));
    const session = await bench.open();
    const schema = await bench.schema(session, stream);
    for await (const { batch } of bench.batches(session, schema, { limits: { batchRows: 10 } }, new SlabPool(65_536))) {
      assert.ok(batch.rowCount > 0);
      break;
    }
    await session.close();
    await until('the connections to close', SETTLE_MS, () => bench.tap.open === 0);
  }),

  behaviour('holds few batches while its reader is slow', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(numbered(20_000, (id) => `${id} `.repeat(20)));
    const session = await bench.open();
    const schema = await bench.schema(session, stream);
    const slabs = new SlabPool(65_536);
    let taken = 0;
    for await (const { batch } of bench.batches(session, schema, { limits: { batchRows: 200 } }, slabs)) {
      if (++taken === 1) await delay(200);
      assert.ok(slabs.attest().buffers <= MAX_READ_AHEAD, 'It reads ahead of its reader without a bound');
      slabs.give(batch);
      if (taken === 20) break;
    }
    assert.equal(taken, 20);
  }),

  behaviour('names a stream that has vanished', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const session = await bench.open();
    const schema = await bench.schema(session, stream);
    await bench.sandbox.drop(stream);
    const batches = bench.batches(session, schema, {}, new SlabPool(65_536));
    const error = await errorOf(batches[Symbol.asyncIterator]().next());
    assert.equal(error.code, 'missing-stream');
    assert.equal(error.details.stream, stream);
    assert.equal(error.retryable, false);
  }),

  behaviour('names a field that is not there', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const session = await bench.open();
    const schema = await bench.schema(session, stream);
    const wrong = { ...schema, fields: [...schema.fields, { ...schema.fields[0]!, name: 'absent' }] };
    const batches = bench.batches(session, wrong, {}, new SlabPool(65_536));
    const error = await errorOf(batches[Symbol.asyncIterator]().next());
    assert.equal(error.code, 'missing-field');
  }),

  behaviour('is closed by being closed, however often', [], async (bench) => {
    const session = await bench.open();
    await session.check(never());
    await session.close();
    await session.close();
    await until('the connections to close', SETTLE_MS, () => bench.tap.open === 0);
  }),

  behaviour('says that a credential was refused, and nothing of it', ['credential'], async (bench) => {
    const session = await bench.open(bench.sandbox.wrongCredential);
    const error = await errorOf(session.check(never()));
    assert.equal(error.code, 'refused-credential');
    assertSilent(error, JSON.stringify(bench.sandbox.wrongCredential));
  }),

  behaviour('repeats no value in an error', ['source'], async (bench) => {
    const stream = await bench.sandbox.create({ ...PEOPLE, rows: [['1', MARKER.repeat(1_000), null]] });
    const session = await bench.open();
    assertSilent(await errorOf(bench.read(session, stream, { limits: { maxRecordBytes: 500 } })), MARKER);
  }),

  behaviour('stops a cancelled write at once, and what is there is whole batches', ['upsert'], async (bench) => {
    await cancelsWriting(bench, 'upsert');
  }),

  behaviour('stops a cancelled append at once, and what is there is whole batches', ['append'], async (bench) => {
    await cancelsWriting(bench, 'append');
  }),
];

async function read(
  bench: Workbench,
  session: Awaited<ReturnType<Workbench['open']>>,
  stream: string,
  signal: AbortSignal,
  onFirst: () => void,
) {
  const schema = await bench.schema(session, stream);
  const slabs = new SlabPool(65_536);
  for await (const { batch } of bench.batches(session, schema, { limits: { batchRows: 10 }, signal }, slabs)) {
    slabs.give(batch);
    onFirst();
  }
}

async function cancelsWriting(bench: Workbench, mode: 'upsert' | 'append'): Promise<void> {
  const columns = PEOPLE.fields.slice(0, 2);
  const session = await bench.open();
  const cancel = new AbortController();
  const request = bench.request(mode, columns, { signal: cancel.signal });
  const writer = await session.write(request);
  const batch = (first: number) =>
    batchOf(
      ['int8', 'text'],
      numbered(first + 99)
        .rows.slice(first - 1)
        .map((row) => row.slice(0, 2)),
    );
  await writer.apply(batch(1), 'mark-1');
  const late = writer.apply(batch(101), 'mark-2');
  cancel.abort(new Error('cancelled'));
  await settlesWithin(SETTLE_MS, late);
  await settlesWithin(SETTLE_MS, writer.abort());
  const rows = (await bench.readBack(request, columns))!;
  assert.ok(rows.length === 100 || rows.length === 200, `${rows.length} records are no whole batches`);
}

function assertSilent(error: Error, value: string): void {
  const shown = JSON.stringify(error, Object.getOwnPropertyNames(error));
  assert.equal(shown.includes(value), false, 'An error repeats a value');
  assert.equal(error.cause, undefined);
}
