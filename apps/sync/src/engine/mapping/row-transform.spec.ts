import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type CellKind, Slab } from '@millrace/connector-sdk';
import fc from 'fast-check';
import { batchOf, compile, field, FIELD_KEY, type Row, rowsOf, streamOf, tokenizer } from './mapping.fixture.js';

/** What the model makes of a value: text, null, or a failure. */
type Made = string | null | typeof FAILED;
const FAILED = Symbol('failed');

/** A way to map a text, as the document says it and as a person would do it by hand. */
interface Way {
  readonly steps: readonly unknown[];
  readonly model: (value: string | null) => Made;
}

const unlessNull = (change: (value: string) => Made) => (value: string | null) =>
  value === null ? null : change(value);
const hex = (value: string) => createHmac('sha256', FIELD_KEY).update(value).digest('hex');

const WAYS: readonly Way[] = [
  { steps: ['trim'], model: unlessNull((value) => value.trim()) },
  { steps: ['trim', { case: 'upper' }], model: unlessNull((value) => value.trim().toUpperCase()) },
  { steps: ['hash'], model: unlessNull(hex) },
  { steps: [{ case: 'lower' }, 'hash'], model: unlessNull((value) => hex(value.toLowerCase())) },
  { steps: ['tokenize'], model: unlessNull((value) => tokenizer.tokenize(value)) },
  { steps: [{ default: 'none' }], model: (value) => value ?? 'none' },
  { steps: [{ split: { separator: 'a', index: 1 } }], model: unlessNull((value) => value.split('a')[1] ?? null) },
  {
    steps: [{ split: { separator: 'a', index: 1 } }, { default: '-' }, { replace: { text: 'b', with: 'bb' } }],
    model: (value) => (value?.split('a')[1] ?? '-').replaceAll('b', 'bb'),
  },
  {
    steps: [{ lookup: { map: { a: 'x', b: null }, otherwise: 'reject' } }],
    model: unlessNull((value) => (value === 'a' ? 'x' : value === 'b' ? null : FAILED)),
  },
  {
    steps: [{ cast: 'integer' }, { cast: 'text' }],
    model: unlessNull((value) => (/^\s*-?\d{1,9}\s*$/.test(value) ? String(Number(value)) : FAILED)),
  },
];

const DIRECT: readonly { readonly more: object; readonly model: (value: string | null) => Made }[] = [
  { more: {}, model: (value) => value },
  { more: { hash: true }, model: unlessNull(hex) },
  {
    more: { cast: 'integer' },
    model: unlessNull((value) => (/^\s*-?\d{1,9}\s*$/.test(value) ? String(Number(value)) : FAILED)),
  },
];

/** A column with its part of the document and its part of the model. */
interface Column {
  readonly document: Record<string, unknown>;
  readonly model: (row: Row) => Made;
  readonly onFailure: 'reject' | 'null';
}

const NAMES = ['p', 'q', 'r', 's'];
const name = fc.constantFrom(...NAMES);
const onFailure = fc.constantFrom('reject' as const, 'null' as const);

const mappedColumn = fc
  .record({ from: name, way: fc.constantFrom(...WAYS), onFailure })
  .map(({ from, way, onFailure }): Column => ({
    document: { from, steps: way.steps, onFailure },
    model: (row) => way.model(row[from]!),
    onFailure,
  }));
const directColumn = fc
  .record({ from: name, way: fc.constantFrom(...DIRECT), onFailure })
  .map(({ from, way, onFailure }): Column => ({
    document: { from, ...way.more, onFailure },
    model: (row) => way.model(row[from]!),
    onFailure,
  }));
const operand = fc.oneof(
  fc.constantFrom('a', '', '🙂').map((literal) => ({ document: literal as unknown, model: (): Made => literal })),
  fc.record({ field: name, way: fc.constantFrom(...WAYS) }).map(({ field, way }) => ({
    document: { field, steps: way.steps } as unknown,
    model: (row: Row) => way.model(row[field]!),
  })),
);
const concatColumn = fc
  .record({ parts: fc.array(operand, { minLength: 1, maxLength: 3 }), onFailure })
  .map(({ parts, onFailure }): Column => ({
    document: { value: { concat: parts.map(({ document }) => document) }, onFailure },
    model: (row) => {
      const made = parts.map(({ model }) => model(row));
      const stop = made.find((one) => typeof one !== 'string');
      return stop === undefined ? made.join('') : stop;
    },
    onFailure,
  }));
const choiceColumn = fc
  .record({ asked: name, then: operand, otherwise: operand, onFailure })
  .map(({ asked, then, otherwise, onFailure }): Column => ({
    document: {
      value: {
        when: { cases: [{ if: { field: asked, above: 'a' }, then: then.document }], otherwise: otherwise.document },
      },
      onFailure,
    },
    model: (row) => (row[asked] !== null && row[asked]! > 'a' ? then.model(row) : otherwise.model(row)),
    onFailure,
  }));
const expressionColumn = fc.record({ one: name, other: name, onFailure }).map(({ one, other, onFailure }): Column => ({
  document: { value: { expression: `${one} == null ? "-" : ${one} + ${other}` }, onFailure },
  model: (row) => (row[one] === null ? '-' : row[other] === null ? null : row[one]! + row[other]!),
  onFailure,
}));
const columns = fc.array(fc.oneof(directColumn, mappedColumn, concatColumn, choiceColumn, expressionColumn), {
  minLength: 1,
  maxLength: 8,
});
const cell = fc.option(
  fc.oneof(fc.constantFrom('a', 'b', '', ' ', ' 12 ', '-3', 'xaby'), fc.string({ unit: 'grapheme', maxLength: 6 })),
  { nil: null },
);
const rows = fc.array(fc.record({ p: cell, q: cell, r: cell, s: cell }), { maxLength: 12 });

/** The same records, one by one, by the model. */
function byHand(plan: readonly Column[], records: readonly Row[]) {
  const kept: Row[] = [];
  const rejected: number[] = [];
  let nulled = 0;
  const ordered = plan.map((column, index) => ({ column, to: `c${index}` }));
  for (const [index, record] of records.entries()) {
    const made = ordered.map(({ column, to }) => ({ column, to, value: column.model(record) }));
    if (made.some(({ column, value }) => value === FAILED && column.onFailure === 'reject')) rejected.push(index);
    else {
      nulled += made.filter(({ value }) => value === FAILED).length;
      kept.push(
        Object.fromEntries(made.map(({ to, value }) => [to, value === FAILED ? null : (value as string | null)])),
      );
    }
  }
  return { kept, rejected, nulled };
}

describe('a compiled transform', () => {
  it('does what the document says, record by record', () => {
    const schema = streamOf(NAMES.map((one) => field(one, 'text')));
    fc.assert(
      fc.property(columns, rows, (plan, records) => {
        const stream = compile(
          schema,
          plan.map(({ document }, index) => ({ ...document, to: `c${index}` })),
        );
        const keyed = records.map((record, index) => ({ ...record, id: String(index) }));
        const out = new Slab(16);
        const { rejected, nulled } = stream.transform(batchOf(stream, schema, keyed), out);
        const expected = byHand(plan, records);
        expect(nulled).toBe(expected.nulled);
        expect(rejected.map(({ sourceRow }) => sourceRow)).toEqual(expected.rejected);
        expect(rowsOf(stream, out).map(({ id: _, ...row }) => row)).toEqual(expected.kept);
        expect(rowsOf(stream, out).map(({ id }) => Number(id))).toEqual(
          records.flatMap((_, index) => (expected.rejected.includes(index) ? [] : [index])),
        );
      }),
      { numRuns: 400 },
    );
  });

  it('counts what became null', () => {
    const schema = streamOf([field('p', 'text'), field('q', 'text')]);
    const stream = compile(schema, [
      { from: 'p', cast: 'integer', onFailure: null },
      { from: 'q', steps: ['detokenize'], onFailure: 'null' },
      { to: 'r', value: { coalesce: [{ field: 'p', steps: ['detokenize'] }] }, onFailure: 'null' },
    ]);
    const batch = batchOf(stream, schema, [
      { id: '1', p: 'x', q: 'y' },
      { id: '2', p: '5', q: null },
    ]);
    expect(stream.transform(batch, new Slab(16))).toEqual({ rejected: [], nulled: 4 });
  });

  it('passes cells of every kind as they are, beside computed ones', () => {
    const kinds: [CellKind, string][] = [
      ['boolean', 'true'],
      ['int2', '-1'],
      ['float4', '0.1'],
      ['numeric', '12345678901234567890123456789012345678.90'],
      ['bytes', '00ff'],
      ['uuid', '00000000-0000-0000-0000-00000000000f'],
      ['date', 'infinity'],
      ['time', '23:59:59.999999'],
      ['timestamp', '-infinity'],
      ['timestamptz', '294276-12-31 00:00:00Z'],
      ['json', '{"a" : 1}'],
      ['jsonb', '[1]'],
    ];
    const schema = streamOf(kinds.map(([kind]) => field(kind, kind)));
    const copies = kinds.map(([kind]) => ({ from: kind }));
    const row = { id: '7', ...Object.fromEntries(kinds) };
    const [plain, both] = [
      copies,
      [...copies, { to: 'x', value: { concat: [{ field: 'int2' }, { field: 'date' }] } }],
    ].map((fields) => {
      const stream = compile(schema, fields);
      const out = new Slab(16);
      stream.transform(batchOf(stream, schema, [row, row]), out);
      return rowsOf(stream, out);
    });
    expect(both).toEqual(plain!.map((one) => ({ ...one, x: '-1infinity' })));
  });

  it('leaves nothing of a record behind, not even where the language remembers matches', () => {
    const schema = streamOf([field('p', 'text')]);
    const steps = [{ replace: { text: 'x', with: 'y' } }, { case: 'title' }, 'redact', { parseNumber: {} }];
    const stream = compile(schema, [{ from: 'p', steps, onFailure: null }]);
    const out = new Slab(16);
    const last = () => (RegExp as unknown as { readonly input: string }).input;
    expect(/CANARY/.test('a CANARY')).toBe(true);
    expect(last()).toBe('a CANARY');
    stream.transform(batchOf(stream, schema, [{ id: '1', p: 'a canary' }]), out);
    expect(last()).toBe('');
  });

  it('reads a field once for each form in which it is needed, and nothing that is not named', () => {
    const schema = streamOf([field('p', 'text'), field('n', 'int4'), field('unused', 'text')]);
    const stream = compile(schema, [
      { from: 'n' },
      { to: 'a', value: { concat: [{ field: 'n' }, { field: 'p' }] } },
      { to: 'b', value: { expression: 'n + 1' } },
      { to: 'c', value: { coalesce: [{ field: 'p' }] } },
    ]);
    expect(stream.partition.projection).toEqual([
      { field: 'id', as: 'as-is' },
      { field: 'n', as: 'as-is' },
      { field: 'n', as: 'text' },
      { field: 'p', as: 'as-is' },
    ]);
    expect(stream.dropped).toEqual(['unused']);
    expect(stream.columns.map((column) => column.name)).toEqual(['id', 'n', 'a', 'b', 'c']);
  });

  it('gives a record the same fingerprint before and after it is mapped, whatever its key is made of', () => {
    const schema = streamOf([field('p', 'text', { nullable: false })]);
    const keyed = [
      { from: 'p', to: 'k', steps: ['trim', 'tokenize'] },
      { to: 'k', value: { concat: [{ field: 'p', steps: ['trim'] }, '/', { field: 'id' }] } },
    ];
    for (const key of keyed) {
      const fields = [key, { to: 'bad', value: { expression: 'p == "bad" ? 1 / int(p) : 0' } }];
      const stream = compile(schema, fields, { key: ['k'] });
      const lenient = compile(
        schema,
        fields.map((one) => ({ ...one, ...('value' in one && one.to === 'bad' ? { onFailure: 'null' } : {}) })),
        { key: ['k'] },
      );
      const rowsGiven = [
        { id: '1', p: 'good' },
        { id: '2', p: 'bad' },
      ];
      const { rejected } = stream.transform(batchOf(stream, schema, rowsGiven), new Slab(16));
      const out = new Slab(16);
      lenient.transform(batchOf(lenient, schema, rowsGiven), out);
      expect(rejected).toMatchObject([{ sourceRow: 1, field: 'bad', rule: 'expression-failed' }]);
      expect(rejected[0]!.fingerprint).toBe(lenient.fingerprint(out, 1));
      expect(rejected[0]!.fingerprint).not.toBe(lenient.fingerprint(out, 0));
    }
  });
});
