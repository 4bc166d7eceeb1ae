import { describe, expect, it } from '@jest/globals';
import type { CellKind, FieldSchema, StreamSchema, SystemSchema } from '@millrace/connector-sdk';
import { mappingDigest } from '../document/mapping-digest.js';
import { parsePipeline } from '../document/parse-pipeline.js';
import { type PipelineDocument, pipelineJsonSchema } from '../document/pipeline-document.js';
import { validatePipeline } from './validate-pipeline.js';

const SOURCE_TYPES: Partial<Record<CellKind, string>> = {
  int4: 'integer',
  int8: 'bigint',
  float8: 'double precision',
  timestamptz: 'timestamp with time zone',
};

function field(name: string, kind: CellKind, change: Partial<FieldSchema> = {}): FieldSchema {
  return { name, kind, sourceType: SOURCE_TYPES[kind] ?? kind, nullable: true, privacy: 'unknown', ...change };
}

function stream(
  name: string,
  fields: FieldSchema[],
  primaryKey: string[],
  change: Partial<StreamSchema> = {},
): StreamSchema {
  const capabilities = {
    read: ['snapshot'],
    write: ['upsert'],
    projection: 'request',
    deletes: 'none',
    ordered: true,
  } as const;
  return { name, sort: 'table', fields, primaryKey, uniqueKeys: [], capabilities, ...change };
}

const ID = field('id', 'int4', { nullable: false });
const PEOPLE = stream(
  'public.people',
  [
    ID,
    field('email', 'text'),
    field('joined', 'timestamptz'),
    field('photo', 'bytes'),
    field('tags', 'native', { sourceType: 'text[]' }),
    field('balance', 'numeric', { sourceType: 'numeric(12,4)' }),
    field('legacy', 'json', { nullable: false }),
  ],
  ['id'],
);
const SOURCE: SystemSchema = { streams: [PEOPLE] };
const NOTHING: SystemSchema = { streams: [] };

function document(fields: unknown[], change: Record<string, unknown> = {}): PipelineDocument {
  const parsed = parsePipeline({
    version: 1,
    name: 'people',
    source: { connection: 'a' },
    target: { connection: 'b', schema: 'analytics' },
    streams: [{ from: 'public.people', to: 'people', key: ['id'], fields, ...change }],
  });
  if (!parsed.document) throw new Error(JSON.stringify(parsed.faults));
  return parsed.document;
}

function paths(fields: unknown[], change: Record<string, unknown> = {}, target: SystemSchema = NOTHING): string[] {
  return validatePipeline(document(fields, change), SOURCE, target).map(({ path }) => path);
}

describe('the form of a document', () => {
  it('names every fault at once, with a pointer', () => {
    const { faults } = parsePipeline({
      version: 2,
      name: 'Not A Slug',
      source: {},
      target: { connection: 'x' },
      streams: [{ from: 'a', to: 'b', key: [], fields: [{ from: 'c', cast: 'decimal' }], extra: 1 }],
    });
    const found = faults!.map(({ path }) => path);
    expect(found).toEqual(
      expect.arrayContaining(['/version', '/name', '/source/connection', '/streams/0', '/streams/0/fields/0/cast']),
    );
    expect(faults!.every(({ message }) => message.length > 0)).toBe(true);
  });

  it('has a JSON Schema for editors', () => {
    expect(pipelineJsonSchema()).toMatchObject({
      type: 'object',
      required: ['version', 'name', 'source', 'target', 'streams'],
      additionalProperties: false,
    });
  });

  it('never repeats what was given', () => {
    const { faults } = parsePipeline({
      version: 1,
      name: 'CANARY',
      source: { connection: 'CANARY'.repeat(100) },
      target: {},
      streams: 'CANARY',
    });
    expect(JSON.stringify(faults)).not.toContain('CANARY');
  });

  it('has a digest that does not depend on the order of its properties', () => {
    const one = document([{ from: 'id' }, { from: 'email', hash: true, to: 'mail' }]);
    const other = document([{ from: 'id' }, { to: 'mail', hash: true, from: 'email' }]);
    expect(mappingDigest(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(mappingDigest(other)).toBe(mappingDigest(one));
    expect(mappingDigest(document([{ from: 'id' }, { from: 'email', to: 'mail' }]))).not.toBe(mappingDigest(one));
  });
});

describe('a document against both sides', () => {
  it('is valid when everything fits', () => {
    expect(
      paths([
        { from: 'id' },
        { from: 'email', hash: true },
        { from: 'joined', cast: 'date' },
        { from: 'photo', cast: 'text' },
        { from: 'tags' },
        { from: 'legacy', drop: true },
      ]),
    ).toEqual([]);
  });

  it.each([
    ['a missing stream', [{ from: 'id' }], { from: 'public.persons' }, ['/streams/0/from']],
    [
      'a missing field, dropped or not',
      [{ from: 'id' }, { from: 'emial' }, { from: 'gone', drop: true }],
      {},
      ['/streams/0/fields/1/from', '/streams/0/fields/2/from'],
    ],
    ['an impossible cast', [{ from: 'id' }, { from: 'photo', cast: 'integer' }], {}, ['/streams/0/fields/1/cast']],
    [
      'a cast and a hash',
      [{ from: 'id' }, { from: 'email', cast: 'text', hash: true }],
      {},
      ['/streams/0/fields/1/hash'],
    ],
    [
      'two fields for one column',
      [{ from: 'id' }, { from: 'email', to: 'x' }, { from: 'photo', to: 'x' }],
      {},
      ['/streams/0/fields/2/to'],
    ],
    ['a key that no field fills', [{ from: 'id', to: 'number' }], {}, ['/streams/0/key/0']],
    ['a hashed key', [{ from: 'id', hash: true }], {}, ['/streams/0/key/0']],
    ['a key that may be null', [{ from: 'email' }], { key: ['email'] }, ['/streams/0/key/0']],
    ['a key that may become null', [{ from: 'id', cast: 'smallint', onFailure: 'null' }], {}, ['/streams/0/key/0']],
    ['a key of JSON', [{ from: 'legacy' }], { key: ['legacy'] }, ['/streams/0/key/0']],
    ['a key that is named twice', [{ from: 'id' }], { key: ['id', 'id'] }, ['/streams/0/key/1']],
    ['nothing selected', [{ from: 'id', drop: true }], {}, ['/streams/0/fields', '/streams/0/key/0']],
  ])('%s', (_, fields, change, expected) => expect(paths(fields, change)).toEqual(expected));

  it('reports the faults of all streams together', () => {
    const two = document([{ from: 'id' }]);
    const faulty = { ...two, streams: [...two.streams, { ...two.streams[0]!, from: 'public.gone' }] };
    expect(validatePipeline(faulty, SOURCE, NOTHING).map(({ path }) => path)).toEqual([
      '/streams/1/from',
      '/streams/1/to',
    ]);
  });

  const target = (fields: FieldSchema[], key: string[], change: Partial<StreamSchema> = {}): SystemSchema => ({
    streams: [stream('analytics.people', fields, key, change)],
  });

  it.each([
    ['a missing column', target([ID], ['id']), [{ from: 'id' }, { from: 'email' }], ['/streams/0/fields/1/to']],
    [
      'a column of another type',
      target([ID, field('email', 'int4')], ['id']),
      [{ from: 'id' }, { from: 'email' }],
      ['/streams/0/fields/1/to'],
    ],
    [
      'a column of a narrower type',
      target([ID, field('balance', 'numeric', { sourceType: 'numeric(12,2)' })], ['id']),
      [{ from: 'id' }, { from: 'balance' }],
      ['/streams/0/fields/1/to'],
    ],
    [
      'a column of a smaller integer',
      target([field('id', 'int2')], ['id']),
      [{ from: 'id' }],
      ['/streams/0/fields/0/to'],
    ],
    [
      'a hash into a number',
      target([ID, field('email', 'int8')], ['id']),
      [{ from: 'id' }, { from: 'email', hash: true }],
      ['/streams/0/fields/1/to'],
    ],
    [
      'an array of another type',
      target([ID, field('tags', 'native', { sourceType: 'integer[]' })], ['id']),
      [{ from: 'id' }, { from: 'tags' }],
      ['/streams/0/fields/1/to'],
    ],
    [
      'a computed column',
      target([ID, field('email', 'text', { generated: true })], ['id']),
      [{ from: 'id' }, { from: 'email' }],
      ['/streams/0/fields/1/to'],
    ],
    ['a target without a key', target([ID], []), [{ from: 'id' }], ['/streams/0/key']],
    [
      'a key on other columns',
      target([ID, field('email', 'text')], ['id', 'email']),
      [{ from: 'id' }, { from: 'email' }],
      ['/streams/0/key'],
    ],
    [
      'a required column that nothing fills',
      target([ID, field('tenant', 'text', { required: true })], ['id']),
      [{ from: 'id' }],
      ['/streams/0/fields'],
    ],
    [
      'a view',
      target([ID], ['id'], { capabilities: { ...PEOPLE.capabilities, write: [] } }),
      [{ from: 'id' }],
      ['/streams/0/to'],
    ],
  ])('%s is refused', (_, schema, fields, expected) => expect(paths(fields, {}, schema)).toEqual(expected));

  it('widens without a word where nothing can be lost, and rounds only when asked', () => {
    const wide = target([field('id', 'int8'), field('balance', 'numeric', { sourceType: 'numeric(12,2)' })], ['id']);
    expect(paths([{ from: 'id' }, { from: 'balance', cast: 'numeric' }], {}, wide)).toEqual([]);
  });
});

describe('streams of one pipeline', () => {
  it('read each source stream once, since they share its position, and go to tables of their own', () => {
    const twice = document([{ from: 'id' }]);
    const both = { ...twice, streams: [twice.streams[0]!, twice.streams[0]!] };
    expect(validatePipeline(both, SOURCE, NOTHING).map(({ path }) => path)).toEqual([
      '/streams/1/to',
      '/streams/1/from',
    ]);
  });
});
