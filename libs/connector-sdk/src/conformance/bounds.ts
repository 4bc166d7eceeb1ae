import assert from 'node:assert/strict';
import type { FieldFilter } from '../session.js';
import { type Behaviour, behaviour } from './behaviour.js';
import type { Row, StreamSpec } from './sandbox.js';
import { numbered, PEOPLE } from './schema.js';
import { errorOf, never, sorted } from './workbench.js';

/** Two records of each number, told apart by a letter. */
const PAIRS: StreamSpec = {
  fields: [
    { name: 'number', kind: 'int4' },
    { name: 'letter', kind: 'text' },
  ],
  key: ['number', 'letter'],
  rows: [1, 2, 3, 4].flatMap((number) => [
    [String(number), 'a'],
    [String(number), 'b'],
  ]),
};

const CHANGES: StreamSpec = {
  fields: [
    { name: 'id', kind: 'int8' },
    { name: 'updated', kind: 'timestamptz' },
  ],
  key: ['id'],
  rows: [3, 1, 2, 5, 4, 6].map((id, index) => [String(id), `2026-03-0${1 + Math.floor(index / 2)} 10:00:00+00`]),
};

const FILTERS: readonly (readonly [FieldFilter, readonly string[]])[] = [
  [{ field: 'id', operator: 'equals', values: ['2'] }, ['2']],
  [{ field: 'id', operator: 'not', values: ['2'] }, ['1', '3']],
  [{ field: 'id', operator: 'below', values: ['2'] }, ['1']],
  [{ field: 'id', operator: 'atMost', values: ['2'] }, ['1', '2']],
  [{ field: 'id', operator: 'above', values: ['2'] }, ['3']],
  [{ field: 'id', operator: 'atLeast', values: ['2'] }, ['2', '3']],
  [{ field: 'id', operator: 'in', values: ['1', '3'] }, ['1', '3']],
  [{ field: 'id', operator: 'in', values: [] }, []],
  [{ field: 'secret', operator: 'isNull', values: ['true'] }, ['3']],
  [{ field: 'secret', operator: 'isNull', values: ['false'] }, ['1', '2']],
  [{ field: 'name', operator: 'equals', values: ["O'Hara \\ x"] }, []],
];

const ids = (rows: readonly Row[]) => rows.map(([id]) => id);

export const boundBehaviours: readonly Behaviour[] = [
  behaviour(
    'reads in the order of the key, whatever the order of insertion',
    ['source', 'key-order'],
    async (bench) => {
      const stream = await bench.sandbox.create({ ...PEOPLE, rows: [...numbered(20).rows].reverse() });
      const { rows } = await bench.read(await bench.open(), stream);
      assert.deepEqual(ids(rows), ids(numbered(20).rows));
    },
  ),

  behaviour(
    'goes on behind a unique key, starts with an inclusive one, and ends with the upper',
    ['source', 'key-order'],
    async (bench) => {
      const stream = await bench.sandbox.create(numbered(10));
      const session = await bench.open();
      const read = async (bounds: object) => ids((await bench.read(session, stream, { bounds })).rows);
      assert.deepEqual(await read({ after: ['7'] }), ['8', '9', '10']);
      assert.deepEqual(await read({ from: ['8'] }), ['8', '9', '10']);
      assert.deepEqual(await read({ upTo: ['2'] }), ['1', '2']);
      assert.deepEqual(await read({ from: ['3'], after: ['4'], upTo: ['6'] }), ['5', '6']);
      assert.deepEqual(await read({ after: ['10'] }), []);
    },
  ),

  behaviour('loses no record of equal keys at a boundary', ['source', 'key-order'], async (bench) => {
    const stream = await bench.sandbox.create(PAIRS);
    const session = await bench.open();
    const { rows } = await bench.read(session, stream, { key: ['number'], uniqueKey: false, bounds: { after: ['3'] } });
    assert.deepEqual(sorted(rows), [
      ['3', 'a'],
      ['3', 'b'],
      ['4', 'a'],
      ['4', 'b'],
    ]);
  }),

  behaviour('takes a position shorter than the key for its leading fields', ['source', 'key-order'], async (bench) => {
    const stream = await bench.sandbox.create(PAIRS);
    const session = await bench.open();
    const read = async (bounds: object) =>
      (await bench.read(session, stream, { bounds })).rows.map((row) => row.join(''));
    assert.deepEqual(await read({ upTo: ['1'] }), ['1a', '1b']);
    assert.deepEqual(await read({ from: ['4'] }), ['4a', '4b']);
    assert.deepEqual(await read({ after: ['3', 'a'], upTo: ['4', 'a'] }), ['3b', '4a']);
  }),

  behaviour('fixes the end of a run by the last key', ['source', 'key-order', 'grows'], async (bench) => {
    const stream = await bench.sandbox.create(numbered(5));
    const session = await bench.open();
    const upTo = await session.lastKey({ stream, key: ['id'], signal: never() });
    assert.deepEqual(upTo, ['5']);
    await bench.sandbox.insert!(stream, [['6', 'late', null]]);
    assert.equal((await bench.read(session, stream, { bounds: { upTo } })).rows.length, 5);
    const empty = await bench.sandbox.create({ ...PEOPLE, rows: [] });
    assert.equal(await session.lastKey({ stream: empty, key: ['id'], signal: never() }), undefined);
  }),

  behaviour(
    'parts a stream, where it can, so that no record is lost or doubled',
    ['source', 'key-order'],
    async (bench) => {
      const stream = await bench.sandbox.create(numbered(2_000));
      const session = await bench.open();
      const positions = (await session.split?.({ stream, key: ['id'], parts: 4, signal: never() })) ?? [];
      assert.ok(positions.length < 4, 'At most as many parts as were asked for');
      const all: Row[] = [];
      for (const [index, end] of [...positions, undefined].entries()) {
        const after = positions[index - 1];
        const bounds = { ...(after ? { after } : {}), ...(end ? { upTo: end } : {}) };
        all.push(...(await bench.read(session, stream, { bounds })).rows);
      }
      assert.deepEqual(all, (await bench.read(session, stream, {})).rows);
    },
  ),

  behaviour(
    'can be resumed behind every batch without losing or repeating a record',
    ['source', 'key-order'],
    async (bench) => {
      const stream = await bench.sandbox.create(numbered(25));
      const session = await bench.open();
      const whole = await bench.read(session, stream, { limits: { batchRows: 4 } });
      assert.equal(whole.batches.length, 7);
      for (const [index, { lastKey }] of whole.batches.entries()) {
        const { rows } = await bench.read(session, stream, { bounds: { after: lastKey } });
        assert.deepEqual(rows, whole.rows.slice((index + 1) * 4));
      }
    },
  ),

  behaviour('goes on with a cursor’s own value, so that no tie is lost', ['source', 'cursor'], async (bench) => {
    const stream = await bench.sandbox.create(CHANGES);
    const session = await bench.open();
    const part = { key: ['updated', 'id'], uniqueKey: false };
    const whole = await bench.read(session, stream, { ...part, limits: { batchRows: 1 } });
    assert.equal(whole.rows.length, 6);
    for (const [index, { lastKey }] of whole.batches.entries()) {
      const { rows } = await bench.read(session, stream, { ...part, bounds: { after: lastKey } });
      const left = new Set(ids(rows));
      for (const id of ids(whole.rows.slice(index + 1))) assert.ok(left.has(id!), 'No record behind a batch is lost');
    }
    const from = await bench.read(session, stream, {
      ...part,
      bounds: { from: ['2026-03-02 10:00:00+00'], upTo: ['2026-03-02 10:00:00+00'] },
    });
    assert.deepEqual(ids(sorted(from.rows)), ['2', '5']);
  }),

  behaviour('leaves out by itself what a filter does not want', ['source', 'filter'], async (bench) => {
    const stream = await bench.sandbox.create(PEOPLE);
    const session = await bench.open();
    assert.equal((await bench.schema(session, stream)).capabilities.filter, 'request');
    for (const [filter, expected] of FILTERS) {
      const { rows } = await bench.read(session, stream, { filter: [filter] });
      assert.deepEqual(ids(rows), expected, `${filter.operator} ${filter.field}`);
    }
    const both = FILTERS.slice(3, 6)
      .map(([filter]) => filter)
      .filter(({ operator }) => operator !== 'above');
    assert.deepEqual(ids((await bench.read(session, stream, { filter: both })).rows), ['2']);
  }),

  behaviour(
    'refuses a filter that it cannot keep, rather than read too much',
    ['source', 'own-order'],
    async (bench) => {
      const stream = await bench.sandbox.create(PEOPLE);
      const session = await bench.open();
      const error = await errorOf(bench.read(session, stream, { filter: [FILTERS[0]![0]] }));
      assert.equal(error.code, 'unsupported-filter');
    },
  ),
];
