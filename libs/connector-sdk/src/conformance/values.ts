import assert from 'node:assert/strict';
import type { CellKind } from '../schema/cell-kind.js';
import type { Session } from '../session.js';
import { batchOf } from './cells.js';
import { type Behaviour, behaviour } from './behaviour.js';
import type { FieldSpec, Row, Value } from './sandbox.js';
import { errorOf, sorted, type Workbench } from './workbench.js';

const LONG = 'x'.repeat(100_000);

/** Values of each kind that are easily lost, in their exact text. */
const SAMPLES: readonly (readonly [what: string, kinds: Partial<Record<CellKind, readonly Value[]>>])[] = [
  [
    'keeps text of every script, with astral and combining characters, as it is',
    {
      text: [
        'Zoë',
        'e\u0301',
        '𝔘𝔫𝔦',
        '👩‍👩‍👧',
        'שלום',
        '日本語',
        'a\tb',
        '"q", \'s\' \\ \\n {}',
        'line\nbreak\r\nend',
        ' edges ',
      ],
    },
  ],
  ['tells an empty text from a missing one', { text: ['', null, 'null', 'NULL', '\\N', '""'] }],
  [
    'keeps whole numbers of 64 bits to the last digit',
    { int8: ['9223372036854775807', '-9223372036854775808', '9007199254740993', '0', null] },
  ],
  [
    'keeps decimals with all of their digits and their scale',
    {
      numeric: [
        '0.1',
        '-0.00000000000000000001',
        '123456789012345678901234567890.123456789',
        '1.10',
        '0',
        '9999.9999',
        '10000',
        '100000000',
        '0.0001',
        '-12345678.5',
        null,
      ],
    },
  ],
  [
    'keeps instants apart from their notation of time zones',
    { timestamptz: ['2026-03-29 01:30:00+00', '1969-12-31 23:59:59.999999+00', '2026-10-25 00:59:59.5+00', null] },
  ],
  [
    'keeps local times as local times',
    { timestamp: ['2026-03-29 02:30:00', '2026-02-28 23:59:59.999999', null], time: ['00:00:00', '23:59:59.999999'] },
  ],
  [
    'keeps days and instants before our era, far ahead and infinite',
    {
      date: ['0044-03-15 BC', '-infinity', 'infinity', '9999-12-31', '2024-02-29', null],
      timestamptz: ['0044-03-15 12:00:00+00 BC', '-infinity', 'infinity', '99999-01-01 00:00:00+00'],
    },
  ],
  [
    'keeps floats to the last bit',
    { float8: ['0.1', '-1.7976931348623157e+308', '5e-324', '1e+21', null], float4: ['1.5'] },
  ],
  ['keeps truth values', { boolean: ['true', 'false', null] }],
  [
    'keeps identifiers',
    { uuid: ['00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', null] },
  ],
  ['keeps bytes', { bytes: ['\\x', '\\x00ff10', null] }],
  [
    'keeps JSON with the digits of its numbers',
    { json: ['{"n": 12345678901234567890.10, "t": "é𝔘"}', '[]', '"text"', null] },
  ],
  ['keeps a long text whole', { text: [LONG] }],
];

/** Behaviours about values: what a source tells, and what a target holds. */
export const valueBehaviours: readonly Behaviour[] = [
  ...SAMPLES.map(([name, samples]) =>
    behaviour(name, [], async (bench) => {
      const { connector, kinds } = bench.sandbox;
      for (const [kind, values] of Object.entries(samples) as [CellKind, readonly Value[]][]) {
        if (!kinds.includes(kind)) continue;
        if (connector.roles.includes('source')) await keepsReading(bench, kind, values);
        if (connector.roles.includes('target') && bench.sandbox.readBack) await keepsWriting(bench, kind, values);
      }
    }),
  ),

  behaviour('carries every other type of its system to a system like it', ['source', 'upsert'], async (bench) => {
    for (const own of bench.sandbox.ownTypes ?? []) {
      const { stream, target } = await bench.sandbox.createOwn!(own);
      const session = await bench.open();
      const { fields } = await bench.schema(session, stream);
      const { batches } = await bench.read(session, stream);
      const columns = fields.map(({ name, kind, sourceType, nullable }) => ({ name, kind, sourceType, nullable }));
      const request = bench.request('upsert', [], { columns, key: ['id'], target });
      const writer = await bench.apply(
        session,
        request,
        batches.map((batch) => batch.packed),
      );
      await writer.close();
      const shown = await bench.readBack(request, [{ name: 'value', kind: 'text' }]);
      assert.deepEqual(shown, sorted(own.values.map((value) => [value])), own.type);
    }
  }),

  behaviour('copes with many columns', ['source'], async (bench) => {
    const fields: FieldSpec[] = Array.from({ length: 300 }, (_, index) => ({
      name: `column_${index}`,
      kind: 'text',
      nullable: index > 0,
    }));
    const row = fields.map((_, index) => (index % 7 === 3 ? null : `value ${index}`));
    const stream = await bench.sandbox.create({ fields, key: ['column_0'], rows: [row] });
    assert.deepEqual((await bench.read(await bench.open(), stream)).rows, [row]);
  }),

  behaviour('refuses a record beyond the limit, and only then', ['source'], async (bench) => {
    const stream = await bench.sandbox.create({ ...TEXTS, rows: [['1', LONG]] });
    const session = await bench.open();
    const error = await errorOf(bench.read(session, stream, { limits: { maxRecordBytes: 50_000 } }));
    assert.equal(error.code, 'record-too-large');
    assert.equal((await bench.read(session, stream, { limits: { maxRecordBytes: 200_000 } })).rows.length, 1);
  }),

  behaviour('ends a batch at its bytes, not only at its records', ['source'], async (bench) => {
    const rows = Array.from({ length: 20 }, (_, index): Row => [String(index + 1), 'y'.repeat(10_000)]);
    const stream = await bench.sandbox.create({ ...TEXTS, rows });
    const { batches } = await bench.read(await bench.open(), stream, { limits: { batchBytes: 50_000 } });
    assert.ok(batches.length >= 4, 'A batch of large records holds few of them');
    assert.equal(batches.flatMap((batch) => batch.rows).length, 20);
  }),
];

const TEXTS = {
  fields: [
    { name: 'id', kind: 'int8' as const },
    { name: 'value', kind: 'text' as const },
  ],
  key: ['id'],
};

const numberRows = (values: readonly Value[]): Row[] => values.map((value, index) => [String(index + 1), value]);

async function keepsReading(bench: Workbench, kind: CellKind, values: readonly Value[]): Promise<void> {
  const rows = numberRows(values);
  const fields: FieldSpec[] = [
    { name: 'id', kind: 'int8' },
    { name: 'value', kind, nullable: true },
  ];
  const stream = await bench.sandbox.create({ fields, key: ['id'], rows });
  const found = await bench.read(await bench.open(), stream);
  assert.deepEqual(found.rows, rows, `a ${kind} as it is read`);
}

async function keepsWriting(bench: Workbench, kind: CellKind, values: readonly Value[]): Promise<void> {
  const columns: FieldSpec[] = [
    { name: 'id', kind: 'int8' },
    { name: 'value', kind, nullable: true },
  ];
  const session = await bench.open();
  const request = bench.request(await someMode(session), columns);
  const writer = await bench.apply(session, request, [batchOf(['int8', kind], numberRows(values))]);
  await writer.close();
  const found = await bench.readBack(request, columns);
  assert.deepEqual(found, sorted(numberRows(values)), `a ${kind} as it is written`);
}

/** A mode in which this target takes new records. */
async function someMode(session: Session): Promise<'upsert' | 'append'> {
  const { newStreams } = await session.discover({ streams: [], signal: new AbortController().signal });
  return newStreams && !newStreams.write.includes('upsert') ? 'append' : 'upsert';
}
