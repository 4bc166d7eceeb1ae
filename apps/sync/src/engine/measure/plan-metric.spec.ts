import { describe, expect, it } from '@jest/globals';
import { field } from '../mapping/mapping.fixture.js';
import { PipelineDocument } from '../document/pipeline-document.js';
import { validatePipeline } from '../mapping/validate-pipeline.js';
import { measured, type MeasuredOptions, metricFaults } from './measure.fixture.js';
import { metricDigest } from './measured-streams.js';

const FIELDS = [
  field('country', 'text'),
  field('email', 'text', { privacy: 'personal' }),
  field('city', 'text', { privacy: 'personal' }),
  field('salary', 'numeric', { privacy: 'sensitive' }),
  field('born', 'date', { privacy: 'personal' }),
  field('amount', 'numeric'),
  field('profile', 'jsonb'),
  field('weight', 'float8'),
  field('placed', 'timestamptz'),
  field('day', 'date'),
];
const n = { count: true };
const ALL = FIELDS.map(({ name }) => ({ from: name }));

/** Where the faults of one metric lie, below the metric. */
function places(metric: Record<string, unknown>, options: MeasuredOptions = {}): string[] {
  return metricFaults(FIELDS, [{ values: { n }, ...metric }], options).map(({ path }) =>
    path.replace('/metrics/0', ''),
  );
}

/** The country's mapping replaced. */
const mapped = (...fields: Record<string, unknown>[]) => ({ mapping: [...ALL, ...fields] });

describe('a group', () => {
  it.each(['country', 'amount', 'day', 'placed'])('may be made of %s', (column) => {
    expect(places({ by: [column] })).toEqual([]);
  });

  it.each(['email', 'city', 'salary', 'born'])('may not be made of %s, which looks personal', (column) => {
    expect(places({ by: [column] })).toEqual(['/by/0']);
  });

  it.each(['profile', 'weight'])('may not be made of %s, whose values are no names', (column) => {
    expect(places({ by: [column] })).toEqual(['/by/0']);
  });

  it.each([
    ['hashed', { from: 'country', to: 'x', hash: true }],
    ['hashed in a step', { from: 'country', to: 'x', steps: ['trim', 'hash'] }],
    ['tokenized', { from: 'country', to: 'x', steps: ['tokenize'] }],
    ['masked and personal', { from: 'email', to: 'x', steps: [{ mask: { keepLast: 4 } }] }],
    ['redacted and personal', { from: 'email', to: 'x', steps: ['redact'] }],
    [
      'looked up in a table that keeps the others',
      { from: 'city', to: 'x', steps: [{ lookup: { map: { a: 'b' }, otherwise: 'keep' } }] },
    ],
    ['computed from something personal', { to: 'x', value: { concat: [{ field: 'city' }, '!'] } }],
    ['an expression of something personal', { to: 'x', value: { expression: 'city + "!"' } }],
  ])('may not be made of what is %s', (_what, to) => {
    expect(places({ by: ['x'] }, mapped(to))).toEqual(['/by/0']);
  });

  it.each([
    ['a range', { from: 'salary', to: 'x', steps: [{ generalise: { bucket: 1000 } }] }],
    ['a year', { from: 'born', to: 'x', steps: [{ generalise: 'year' }] }],
    [
      'a table of the document',
      { from: 'city', to: 'x', steps: [{ lookup: { map: { Wien: 'AT' }, otherwise: null } }] },
    ],
    ['a constant', { to: 'x', value: { constant: 'all' } }],
    [
      'words of the document',
      {
        to: 'x',
        value: { when: { cases: [{ if: { field: 'city', equals: 'Wien' }, then: 'home' }], otherwise: 'away' } },
      },
    ],
    ['a computed value of open fields', { to: 'x', value: { concat: [{ field: 'country' }, '!'] } }],
  ])('may be made of %s', (_what, to) => {
    expect(places({ by: ['x'] }, mapped(to))).toEqual([]);
  });

  it('may not be chosen by what is personal either', () => {
    expect(
      places({
        where: [
          {
            any: [
              { field: 'country', equals: 'DE' },
              { field: 'email', equals: 'a' },
            ],
          },
        ],
      }),
    ).toEqual(['/where/0/any/1/field']);
    expect(places({ where: [{ field: 'nothing', equals: 1 }] })).toEqual(['/where/0/field']);
    expect(places({ where: [{ field: 'amount', above: 'x' }] })).toEqual(['/where/0/above']);
  });
});

describe('periods', () => {
  it('are made of times, coarse ones of personal dates, and belong to a zone only as instants do', () => {
    expect(places({ every: { column: 'placed', unit: 'hour', timeZone: 'Europe/Berlin' } })).toEqual([]);
    expect(places({ every: { column: 'born', unit: 'year' } })).toEqual([]);
    expect(places({ every: { column: 'country', unit: 'day' } })).toEqual(['/every/column']);
    expect(places({ every: { column: 'born', unit: 'day' } })).toEqual(['/every/unit']);
    expect(places({ every: { column: 'day', unit: 'hour', timeZone: 'UTC' } })).toEqual([
      '/every/unit',
      '/every/timeZone',
    ]);
    expect(places({ every: { column: 'placed', unit: 'day', timeZone: 'Mars/Base' } })).toEqual(['/every/timeZone']);
  });
});

describe('people', () => {
  it('may be told apart by a hash or by what is personal, not by what hides them', () => {
    expect(places({ people: 'email' })).toEqual([]);
    expect(places({ people: 'x' }, mapped({ from: 'email', to: 'x', hash: true }))).toEqual([]);
    expect(places({ people: 'x' }, mapped({ from: 'email', to: 'x', steps: [{ mask: { keepLast: 2 } }] }))).toEqual([
      '/people',
    ]);
    expect(places({ people: 'profile' })).toEqual(['/people']);
  });
});

describe('values', () => {
  it.each([
    ['a sum of text', { sum: 'country' }, '/values/0/sum'],
    ['a sum of times', { sum: 'placed' }, '/values/0/sum'],
    ['the greatest of what is personal', { max: 'salary' }, '/values/0/max'],
    ['the earliest of what is personal', { min: 'born' }, '/values/0/min'],
    ['a percentile of what is personal', { percentile: { of: 'salary', at: [0.9] } }, '/values/0/percentile/of'],
    ['a percentile that is one record', { percentile: { of: 'amount', at: [0.999] } }, '/values/0/percentile/at/0'],
    ['different documents', { distinct: 'profile' }, '/values/0/distinct'],
    ['a duration between unlike times', { average: { from: 'day', to: 'placed', unit: 'days' } }, '/values/0/average'],
    ['a column that is not there', { sum: 'nothing' }, '/values/0/sum'],
    ['an end that is not there', { average: { from: 'placed', to: 'nothing', unit: 'days' } }, '/values/0/average/to'],
  ])('cannot be %s', (_what, value, path) => {
    expect(places({ values: { x: value } })).toEqual([path]);
  });

  it.each([
    { average: 'salary' },
    { sum: 'salary' },
    { max: 'placed' },
    { distinct: 'email' },
    { percentile: { of: 'weight', at: [0.5, 0.95] } },
    { max: { from: 'placed', to: 'placed', unit: 'days' } },
  ])('can be %j', (value) => {
    expect(places({ values: { x: value } })).toEqual([]);
  });

  it('are divided only where they are numbers of the same metric', () => {
    const values = { last: { max: 'placed' }, n, p: { percentile: { of: 'amount', at: [0.5] } } };
    const ratio = (of: string, to: string) => places({ values: { ...values, r: { ratio: { of, to } } } });
    expect(ratio('n', 'n')).toEqual([]);
    expect(ratio('n', 'other')).toEqual(['/values/3/ratio/to']);
    expect(ratio('p', 'r')).toEqual(['/values/3/ratio/of', '/values/3/ratio/to']);
    expect(ratio('last', 'n')).toEqual(['/values/3/ratio/of']);
  });

  it('have names that nothing else of the result has', () => {
    expect(places({ by: ['country', 'country'] })).toEqual(['/by/1']);
    expect(places({ every: { column: 'day', unit: 'day' }, by: ['day'] })).toEqual(['/by/0']);
    expect(places({ by: ['country'], values: { country: n } })).toEqual(['/values/0/name']);
    const p = { percentile: { of: 'amount', at: [0.5, 0.5] } };
    expect(places({ values: { p } })).toEqual(['/values/0/name']);
  });
});

describe('the digest of a metric', () => {
  const digest = (metric: Record<string, unknown>, options: MeasuredOptions = {}) => {
    const document = PipelineDocument.parse(measured(FIELDS, [{ values: { n }, ...metric }], options).input);
    return metricDigest(document, document.metrics[0]!);
  };

  it('changes with the metric and the columns that it sees, not with others', () => {
    const plain = digest({ by: ['country'] });
    expect(digest({ by: ['country'] }, mapped({ from: 'email', to: 'x' }))).toBe(plain);
    const trimmed = ALL.map((one) => (one.from === 'country' ? { ...one, steps: ['trim'] } : one));
    expect(digest({ by: ['country'] }, { mapping: trimmed })).not.toBe(plain);
    expect(digest({ by: ['country'] }, { stream: { where: [{ field: 'country', equals: 'DE' }] } })).not.toBe(plain);
    expect(digest({ by: ['day'] })).not.toBe(plain);
  });
});

describe('a stream', () => {
  it('that has lost a column since is refused where it is measured', () => {
    const { schema, input } = measured(FIELDS, [
      {
        by: ['country'],
        people: 'email',
        every: { column: 'day', unit: 'day' },
        values: { n: { distinct: 'amount' } },
      },
    ]);
    const document = PipelineDocument.parse(input);
    const streams = document.streams.map((stream) => ({ ...stream, fields: stream.fields.slice(0, 1) }));
    const faults = validatePipeline({ ...document, streams }, { streams: [schema] }, { streams: [] });
    expect(faults.map(({ path }) => path)).toEqual([
      '/metrics/0/by/0',
      '/metrics/0/every/column',
      '/metrics/0/people',
      '/metrics/0/values/0/distinct',
    ]);
  });

  it('can be measured only if it is read in full', () => {
    const stream = { mode: 'upsert', read: { cursor: 'placed' } };
    expect(places({}, { stream })).toEqual(['/over']);
    expect(places({}, { stream: { read: 'changes' } })).toEqual(['/over']);
    expect(places({ over: 'public.other' })).toEqual(['/over']);
  });

  it('has metrics of different names, and every fault is told at once', () => {
    const twice = metricFaults(FIELDS, [
      { name: 'a', values: { n } },
      { name: 'a', over: 'x', by: ['y'], values: { n } },
    ]);
    expect(twice.map(({ path }) => path)).toEqual(['/metrics/1/name', '/metrics/1/over']);
    const several = metricFaults(FIELDS, [
      { by: ['email'], values: { a: { sum: 'country' } } },
      { people: 'profile', values: { n } },
    ]);
    expect(several.map(({ path }) => path)).toEqual([
      '/metrics/0/by/0',
      '/metrics/0/values/0/sum',
      '/metrics/1/people',
    ]);
  });
});
