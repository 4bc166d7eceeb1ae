import { describe, expect, it } from '@jest/globals';
import type { FieldSchema, StreamSchema } from '@millrace/connector-sdk';
import { pipelineJsonSchema } from '../document/pipeline-document.js';
import { documentOf, faultsOf, field, streamOf } from './mapping.fixture.js';
import { validatePipeline } from './validate-pipeline.js';

const SCHEMA = streamOf([
  field('name', 'text'),
  field('code', 'text', { nullable: false }),
  field('age', 'int4'),
  field('amount', 'numeric', { sourceType: 'numeric(12,2)' }),
  field('born', 'date'),
  field('seen', 'timestamptz'),
  field('ratio', 'float8'),
  field('active', 'boolean'),
  field('doc', 'json'),
  field('photo', 'bytes'),
  field('tags', 'native', { sourceType: 'text[]' }),
]);
const step = (from: string, ...steps: unknown[]) => faultsOf(SCHEMA, [{ from, steps }]);
const value = (of: unknown, more: object = {}) => faultsOf(SCHEMA, [{ to: 'x', value: of, ...more }]);

describe('a step that is not well formed', () => {
  it.each([
    ['an unknown name', 'trimm', '/steps/0', 'expected one of "trim"'],
    ['an unknown name with settings', { trimm: 1 }, '/steps/0', 'Unrecognized key'],
    ['two steps in one entry', { case: 'upper', mask: { keepLast: 1 } }, '/steps/0', 'exactly one step'],
    ['none', {}, '/steps/0', 'exactly one step'],
    ['a wrong setting', { case: 'camel' }, '/steps/0/case', 'expected one of "upper"'],
    ['a missing setting', { split: { separator: ',' } }, '/steps/0/split/index', 'number'],
    ['an unknown setting', { mask: { keepLast: 1, char: '*' } }, '/steps/0/mask', 'Unrecognized key'],
    ['no settings', { formatNumber: null }, '/steps/0/formatNumber', 'expected object'],
    [
      'text and pattern',
      { replace: { text: 'a', pattern: 'b', with: '' } },
      '/steps/0/replace',
      'either "text" or "pattern"',
    ],
    ['a lookup without otherwise', { lookup: { map: {} } }, '/steps/0/lookup/otherwise', ''],
    ['an unknown detector', { redact: ['names'] }, '/steps/0/redact/0', 'expected one of "email"'],
    ['a negative bucket', { generalise: { bucket: -1 } }, '/steps/0/generalise/bucket', ''],
  ])('%s', (_, given, path, message) => {
    const faults = step('name', given);
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(faults[0]!.message).toContain(message);
  });

  it('names all of them at once', () => {
    const faults = faultsOf(SCHEMA, [{ from: 'name', steps: ['x', { case: 'y' }], cast: 'z' }]);
    expect(faults.map(({ path }) => path)).toEqual(['/steps/0', '/steps/1/case', '/cast']);
  });
});

describe('a step that does not fit', () => {
  it.each([
    [
      'age',
      [{ formatDate: { pattern: 'yyyy' } }],
      '/steps/0',
      'takes date, timestamp, timestamptz, but here the value is integer',
    ],
    ['ratio', [{ formatNumber: { decimals: 2 } }], '/steps/0', 'Put "cast: numeric"'],
    ['name', ['trim', { formatNumber: { decimals: 2 } }], '/steps/1', 'here the value is text'],
    ['born', [{ generalise: 'month' }, 'trim'], '/steps/1', 'Put "cast: text" before it'],
    ['tags', [{ default: 'x' }], '/steps/0', 'Put "cast: text" first'],
    ['age', [{ default: 'x' }], '/steps/0/default', 'no value of type integer'],
    ['amount', [{ default: Number('0.12345678901234567') }], '/steps/0/default', 'in quotes'],
    ['photo', [{ default: 'x' }], '/steps/0/default', 'A literal cannot be'],
    ['name', [{ replace: { pattern: '(', with: '' } }], '/steps/0/replace/pattern', 'RE2'],
    ['name', [{ replace: { pattern: '(a)', with: '$2' } }], '/steps/0/replace/with', 'number of a group (up to 1)'],
    ['name', [{ replace: { pattern: 'a', with: '5$' } }], '/steps/0/replace/with', 'another "$"'],
    [
      'name',
      [{ parseNumber: { decimalSeparator: ',', groupSeparator: ',' } }],
      '/steps/0/parseNumber/groupSeparator',
      'same sign',
    ],
    ['name', [{ jsonPath: '$.[' }], '/steps/0/jsonPath', 'no JSONPath'],
    ['name', [{ jsonPath: { path: '$[?match(@.a, "b")]' } }], '/steps/0/jsonPath/path', 'not offered'],
    ['name', [{ generalise: 'year' }], '/steps/0/generalise', 'Put "parseDate"'],
    ['name', [{ generalise: { bucket: 5 } }], '/steps/0/generalise', 'Put "cast: numeric"'],
    ['age', [{ generalise: { bucket: 2.5 } }], '/steps/0/generalise/bucket', 'whole number'],
    ['amount', [{ generalise: { bucket: '0.0' } }], '/steps/0/generalise/bucket', 'positive'],
    ['photo', [{ cast: 'date' }], '/steps/0/cast', 'Cast it to text first'],
  ])('%s through %j', (from, steps, path, message) => {
    const faults = step(from, ...steps);
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(faults[0]!.message).toContain(message);
  });

  it.each([
    [{ pattern: 'YYYY' }, 'pattern', 'no part of a date'],
    [{ pattern: "yyyy'" }, 'pattern', 'apostrophe'],
    [{ pattern: '--' }, 'pattern', 'no part of a date'],
    [{ pattern: 'dd.MM' }, 'pattern', 'name the year'],
    [{ pattern: 'yyyy dd' }, 'pattern', 'month before the day'],
    [{ pattern: 'yyyy-MM-dd EEE' }, 'pattern', 'only be written'],
    [{ pattern: 'yyyy MM MMM' }, 'pattern', 'twice'],
    [{ pattern: 'yyyyMd' }, 'pattern', 'where one ends'],
    [{ pattern: 'yyyy-MM-dd hh' }, 'pattern', '"h" and "a"'],
    [{ pattern: 'yyyy-MM-dd HH h a' }, 'pattern', 'hour twice'],
    [{ pattern: 'yyyy', zone: 'UTC' }, 'zone', 'has no zone'],
    [{ pattern: 'yyyy HHXXX', zone: 'UTC' }, 'zone', 'has an offset'],
    [{ pattern: 'yyyy HH', zone: 'Europe/Atlantis' }, 'zone', 'no such time zone'],
    [{ pattern: 'yyyy HH', zone: '+25:00' }, 'zone', 'no such time zone'],
  ])('parseDate with %j', (settings, at, message) => {
    const faults = step('name', { parseDate: settings });
    expect(faults.map(({ path }) => path)).toEqual([`/steps/0/parseDate/${at}`]);
    expect(faults[0]!.message).toContain(message);
  });

  it.each([
    ['born', { pattern: 'HH' }, '/pattern', 'no time of day'],
    ['born', { pattern: 'yyyy', zone: 'UTC' }, '/zone', 'belongs to no zone'],
    ['seen', { pattern: 'yyyy' }, '', 'Add the "zone"'],
    ['seen', { pattern: 'yyyy', zone: 'Nowhere' }, '/zone', 'no such time zone'],
  ])('formatDate of %s with %j', (from, settings, at, message) => {
    const faults = step(from, { formatDate: settings });
    expect(faults.map(({ path }) => path)).toEqual([`/steps/0/formatDate${at}`]);
    expect(faults[0]!.message).toContain(message);
  });

  it('is not the only fault that is named', () => {
    const faults = faultsOf(SCHEMA, [
      { from: 'gone', steps: ['trim'] },
      { from: 'name', steps: ['trim'], hash: true },
      { from: 'age', to: 'b', steps: [{ parseDate: { pattern: 'yyyy' } }, { case: 'upper' }] },
      { from: 'born', to: 'c', steps: [{ formatDate: { pattern: 'yyyy' } }], cast: 'boolean' },
      { to: 'd', value: { constant: 'x' }, cast: 'integer' },
    ]);
    expect(faults.map(({ path }) => path)).toEqual([
      '/from',
      '/streams/0/fields/2/hash',
      '/streams/0/fields/3/steps/1',
    ]);
  });
});

describe('a computed column that does not fit', () => {
  it.each([
    [{ constant: [] }, '/value/constant', ''],
    [{ concat: [] }, '/value/concat', ''],
    [{ concat: ['a'], coalesce: ['b'] }, '/value', 'Unrecognized key'],
    [
      { concat: [{ field: 'gone' }, { field: 'name', steps: [{ generalise: 'year' }] }] },
      '/value/concat/0/field',
      'no such field',
    ],
    [
      { concat: [{ field: 'name', steps: [{ parseNumber: {} }] }] },
      '/value/concat/0',
      'This is numeric, but text is needed',
    ],
    [
      { coalesce: [{ field: 'age' }, { field: 'amount' }] },
      '/value/coalesce/1',
      'This is numeric, but integer is needed',
    ],
    [{ coalesce: [{ field: 'age' }, 'many'] }, '/value/coalesce/1', 'no value of type integer'],
    [{ coalesce: [{ field: 'tags' }] }, '/value/coalesce/0/field', 'cannot be used here'],
    [
      { when: { cases: [{ if: { field: 'age', equals: 'x' }, then: 1 }], otherwise: 2 } },
      '/value/when/cases/0/if/equals',
      'no value of type integer',
    ],
    [
      { when: { cases: [{ if: { field: 'gone', isNull: true }, then: 1 }], otherwise: 2 } },
      '/value/when/cases/0/if/field',
      'no such field',
    ],
    [
      { when: { cases: [{ if: { field: 'age' }, then: 1 }], otherwise: 2 } },
      '/value/when/cases/0/if',
      'exactly one comparison',
    ],
    [
      { when: { cases: [{ if: { field: 'active', above: true }, then: 1 }], otherwise: 2 } },
      '/value/when/cases/0/if/above',
      'no order',
    ],
    [
      { when: { cases: [{ if: { field: 'doc', equals: '1' }, then: 1 }], otherwise: 2 } },
      '/value/when/cases/0/if/equals',
      'JSON',
    ],
    [
      { when: { cases: [{ if: { field: 'age', in: [1, 'x'] }, then: 1 }], otherwise: 2 } },
      '/value/when/cases/0/if/in/1',
      'no value of type integer',
    ],
    [
      { when: { cases: [{ if: { any: [{ all: [{ field: 'age', like: 'x' }] }] }, then: 1 }], otherwise: 2 } },
      '/value/when/cases/0/if/any/0/all/0',
      'Unrecognized key',
    ],
    [
      { when: { cases: [{ if: { field: 'age', equals: 1 }, then: 'a' }], otherwise: { field: 'age' } } },
      '/value/when/cases/0/then',
      'no value of type integer',
    ],
    [{ when: { cases: [{ if: { field: 'age', equals: 1 }, then: 'a' }] } }, '/value/when/otherwise', ''],
  ])('%j', (of, path, message) => {
    const faults = value(of);
    expect(faults.map((fault) => fault.path)).toContain(path);
    expect(faults.find((fault) => fault.path === path)!.message).toContain(message);
  });

  it('is told of its steps and its cast too', () => {
    expect(value({ constant: 'x' }, { steps: [{ formatNumber: { decimals: 1 } }] }).map(({ path }) => path)).toEqual([
      '/steps/0',
    ]);
    expect(value({ constant: true }, { cast: 'uuid' }).map(({ path }) => path)).toEqual(['/cast']);
    expect(faultsOf(SCHEMA, [{ value: { constant: 1 } }]).map(({ path }) => path)).toEqual(['/to']);
    expect(faultsOf(SCHEMA, [{ to: 'id', value: { constant: 1 } }]).map(({ path }) => path)).toEqual(['/to']);
  });

  it('nests conditions only so deep', () => {
    const deep = Array.from({ length: 11 }).reduce<unknown>((inner) => ({ all: [inner] }), { field: 'age', equals: 1 });
    const faults = value({ when: { cases: [{ if: deep, then: 1 }], otherwise: 2 } });
    expect(faults).toHaveLength(1);
    expect(faults[0]!.message).toContain('10 deep');
  });
});

describe('a key', () => {
  const key = (fields: unknown[], names: string[], schema: StreamSchema = SCHEMA) =>
    validatePipeline(documentOf(fields, { key: names }), { streams: [schema] }, { streams: [] });

  it.each([
    ['masked', { mask: { keepLast: 2 } }, 'Choose another key, or tokenize it'],
    ['made coarser', { generalise: 'network' }, 'Choose another key, or tokenize it'],
    ['redacted', 'redact', 'Choose another key, or tokenize it'],
    ['hashed', 'hash', 'cannot be hashed'],
    ['split', { split: { separator: '-', index: 0 } }, 'can become null'],
  ])('cannot be %s', (_, one, message) => {
    const faults = key([{ from: 'code', steps: ['trim', one, 'tokenize'] }], ['code']);
    expect(faults.map(({ path }) => path)).toEqual(['/streams/0/key/0']);
    expect(faults[0]!.message).toContain(message);
  });

  it('can be tokenized, cleaned, or be a constant beside another', () => {
    expect(key([{ from: 'code', steps: ['trim', { case: 'lower' }, 'tokenize'] }], ['code'])).toEqual([]);
    expect(key([{ from: 'name', steps: [{ default: '' }] }], ['name'])).toEqual([]);
    expect(key([{ to: 'origin', value: { constant: 'crm' } }], ['origin', 'id'])).toEqual([]);
    expect(key([{ to: 'both', value: { concat: [{ field: 'id' }, '-', { field: 'code' }] } }], ['both'])).toEqual([]);
  });

  it('that is computed needs another to read by', () => {
    const document = documentOf([{ to: 'both', value: { concat: [{ field: 'code' }] } }], { key: ['both'] });
    const fields = document.streams[0]!.fields.slice(1);
    const only = { ...document, streams: [{ ...document.streams[0]!, fields }] };
    const faults = validatePipeline(only, { streams: [SCHEMA] }, { streams: [] });
    expect(faults.map(({ path }) => path)).toEqual(['/streams/0/key']);
  });
});

describe('a column that exists', () => {
  const target = (...fields: FieldSchema[]): StreamSchema => ({
    ...streamOf(fields),
    name: 'public.t',
  });
  const faults = (existing: FieldSchema, ...fields: unknown[]) =>
    validatePipeline(documentOf(fields), { streams: [SCHEMA] }, { streams: [target(existing)] }).map(
      ({ path, message }) => `${path}: ${message}`,
    );

  it('takes what the steps give, or says what is missing', () => {
    const year = { from: 'born', to: 'y', steps: [{ formatDate: { pattern: 'yyyy' } }] };
    expect(faults(field('y', 'text'), year)).toEqual([]);
    expect(faults(field('y', 'int4', { sourceType: 'integer' }), year)).toEqual([
      '/streams/0/fields/1/to: The target column is integer, but the value is text. Add "cast: integer" or name another column.',
    ]);
    expect(faults(field('y', 'int4'), { ...year, cast: 'integer' })).toEqual([]);
    expect(faults(field('y', 'int8'), { to: 'y', value: { constant: 5 } })).toEqual([]);
    expect(faults(field('y', 'numeric'), { to: 'y', value: { expression: 'age' } })).toEqual([]);
  });
});

describe('the JSON Schema for editors', () => {
  it('describes every property of every step', () => {
    const missing: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [name, inner] of Object.entries(node)) {
        if (name === 'properties' && /Step|Value|Condition|Operand|fields/.test(path))
          for (const [property, schema] of Object.entries(inner as object))
            if (!('description' in schema) && !('$ref' in schema)) missing.push(`${path}.${property}`);
        visit(inner, `${path}/${name}`);
      }
    };
    visit(pipelineJsonSchema(), '');
    expect(missing).toEqual([]);
    expect(JSON.stringify(pipelineJsonSchema()).length).toBeLessThan(100_000);
  });
});
