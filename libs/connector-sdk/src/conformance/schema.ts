import assert from 'node:assert/strict';
import { type Behaviour, behaviour } from './behaviour.js';
import type { StreamSpec } from './sandbox.js';
import { never } from './workbench.js';

/** People, for behaviours that care for nothing in particular. */
export const PEOPLE: StreamSpec = {
  fields: [
    { name: 'id', kind: 'int8' },
    { name: 'name', kind: 'text', nullable: true },
    { name: 'secret', kind: 'text', nullable: true },
  ],
  key: ['id'],
  rows: [
    ['1', 'Ada', 'unselected-1'],
    ['2', 'Grace', 'unselected-2'],
    ['3', 'Edsger', null],
  ],
};

/** So many records with ids from 1 on. */
export function numbered(count: number, text = (id: number) => `name ${id}`): StreamSpec {
  const rows = Array.from({ length: count }, (_, index) => [String(index + 1), text(index + 1), null]);
  return { ...PEOPLE, rows };
}

export const schemaBehaviours: readonly Behaviour[] = [
  behaviour('says which system it reached', [], async (bench) => {
    const session = await bench.open();
    const found = await session.check(never());
    assert.equal(found.ok, true);
    assert.notEqual(found.system, '');
    assert.deepEqual(found.missing, []);
  }),

  behaviour('describes itself: a schema for its settings, and every secret marked', [], async ({ sandbox }) => {
    const { connectorSpec } = await import('../connector-spec.js');
    const spec = connectorSpec(sandbox.connector);
    assert.equal((spec.config as { type: string }).type, 'object');
    const { properties = {} } = spec.credential as { properties?: Record<string, { writeOnly?: boolean }> };
    const secrets = Object.values(properties).filter(({ writeOnly }) => writeOnly);
    assert.equal(secrets.length > 0, !spec.auth.every(({ kind }) => kind === 'none'));
  }),

  behaviour('discovers a stream with its fields in their order', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const { fields } = await bench.schema(await bench.open(), stream);
    assert.deepEqual(
      fields.map(({ name, kind }) => [name, kind]),
      PEOPLE.fields.map(({ name, kind }) => [name, kind]),
    );
  }),

  behaviour('never says of a field that it has no null when it has', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const session = await bench.open();
    const { fields } = await bench.schema(session, stream);
    const { rows } = await bench.read(session, stream);
    for (const [index, { nullable }] of fields.entries()) {
      if (!nullable) assert.ok(rows.every((row) => row[index] !== null));
    }
    assert.equal(fields.find(({ name }) => name === 'secret')!.nullable, true);
  }),

  behaviour('tells the key that identifies records, of fields that are never null', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const { primaryKey, fields } = await bench.schema(await bench.open(), stream);
    assert.deepEqual(primaryKey, ['id']);
    assert.equal(fields.find(({ name }) => name === 'id')!.nullable, false);
  }),

  behaviour('discovers the named streams and no other', ['source'], async (bench) => {
    const [one, other] = [await bench.sandbox.create(PEOPLE), await bench.sandbox.create(PEOPLE)];
    const session = await bench.open();
    const { streams } = await session.discover({ streams: [one, 'no.such.stream'], signal: never() });
    assert.deepEqual(
      streams.map(({ name }) => name),
      [one],
    );
    const all = await session.discover({ signal: never() });
    for (const name of [one, other]) assert.ok(all.streams.some((stream) => stream.name === name));
  }),

  behaviour('declares of a stream what the connector declares of itself', ['source', 'key-order'], async (bench) => {
    const { capabilities } = await bench.schema(await bench.open(), await bench.sandbox.create(PEOPLE));
    assert.equal(capabilities.ordered, true);
  }),

  behaviour('estimates a size that is not beside the point', ['source', 'estimates'], async (bench) => {
    const session = await bench.open();
    const stream = await bench.sandbox.create(numbered(500));
    const { records = 0, bytes = 0 } = await session.estimate({ stream, signal: never() });
    assert.ok(records === 0 || (records >= 250 && records <= 1_000));
    assert.ok(records > 0 || bytes >= 500);
  }),

  behaviour('reads the selected fields and no other, in the order asked for', ['source'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const session = await bench.open();
    const { rows } = await bench.read(session, stream, { fields: ['name', 'id'] });
    assert.deepEqual(rows, [
      ['Ada', '1'],
      ['Grace', '2'],
      ['Edsger', '3'],
    ]);
  }),

  behaviour(
    'keeps a field that is not selected off the wire',
    ['source', 'network', 'request-projection'],
    async (bench) => {
      const stream = await bench.sandbox.create(PEOPLE);
      const session = await bench.open();
      const all = await bench.read(session, stream);
      assert.equal(all.rows.length, 3);
      assert.ok(bench.tap.saw('unselected-1'), 'The tap sees what is on the wire');
      bench.tap.forget();
      await bench.read(session, stream, { fields: ['id', 'name'] });
      assert.ok(bench.tap.saw('Grace'));
      assert.equal(bench.tap.saw('unselected-'), false);
    },
  ),

  behaviour('reads nothing of an empty stream', ['source'], async (bench) => {
    const stream = await bench.sandbox.create({ ...PEOPLE, rows: [] });
    const session = await bench.open();
    assert.deepEqual((await bench.read(session, stream)).batches, []);
  }),
];
