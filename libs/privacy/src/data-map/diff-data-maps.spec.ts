import { describe, expect, it } from '@jest/globals';
import { changeEffects } from '@millrace/charter';
import {
  type DataMap,
  type DataMapChange,
  type DataMapChangeKind,
  dataMapChangeKinds,
  DataMapSchema,
  diffDataMaps,
} from '@millrace/privacy';
import fc from 'fast-check';
import { changedMap, columnOf, smallDataMap, smallDataMapUnder, tableOf } from './data-map.fixture.js';

const map = smallDataMapUnder('dataflow-xpert');
const changesOf = (change: (copy: DataMap) => void, before = map) =>
  diffDataMaps(before, changedMap(before, change)).changes;
const remove = <T>(list: T[], isGone: (one: T) => boolean) => list.splice(list.findIndex(isGone), 1)[0]!;
const periodOf = (copy: DataMap, path: string) => columnOf(copy, path).underCharter!.period!;

/** A change of the map, and what is to be said about it. */
type Case = readonly [kind: DataMapChangeKind, change: (copy: DataMap) => void, said: Partial<DataMapChange>];

const NOTE = {
  column: 'note',
  classification: 'personal',
  category: 'identity',
  purposes: ['account'],
  retention: 'account',
  erasure: { does: 'delete' },
} as const;
const noted = (column: string) => ({
  ...structuredClone(columnOf(map, 'shop.buyer.name')),
  ...NOTE,
  column,
  purposes: ['account' as const],
});

const cases: readonly Case[] = [
  [
    'became-personal',
    (copy) => {
      const table = tableOf(copy, 'shop.buyer');
      remove(table.impersonal, (name) => name === 'note');
      table.columns.push(noted('note'));
    },
    {
      effect: 'weaker',
      sentence:
        'Holds Identity (personal), used for account, where it was declared to say nothing about a person: shop.buyer.note.',
    },
  ],
  [
    'category-added',
    (copy) => tableOf(copy, 'till.visit').columns.push(noted('name')),
    {
      effect: 'weaker',
      sentence: 'A category that the service did not hold before, Identity: till.',
    },
  ],
  [
    'column-added',
    (copy) => tableOf(copy, 'shop.buyer').columns.push(noted('nickname')),
    { effect: 'weaker', sentence: 'Held in addition, Identity (personal), used for account: shop.buyer.nickname.' },
  ],
  [
    'purpose-added',
    (copy) => columnOf(copy, 'shop.buyer.name').purposes.push('marketing'),
    { effect: 'weaker', sentence: 'Used for one thing more, marketing: shop.buyer.name.' },
  ],
  [
    'purpose-removed',
    (copy) => remove(columnOf(copy, 'shop.buyer.email').purposes, (one) => one === 'communication'),
    { effect: 'stronger', sentence: 'Not used any more for communication: shop.buyer.email.' },
  ],
  [
    'recipient-added',
    (copy) => columnOf(copy, 'shop.buyer.name').underCharter!.recipients.push('payments'),
    { effect: 'weaker', sentence: 'May be received by one company more, Payments: shop.buyer.name.' },
  ],
  [
    'recipient-removed',
    (copy) => remove(columnOf(copy, 'shop.buyer.name').underCharter!.recipients, (one) => one === 'hosting'),
    { effect: 'stronger', sentence: 'May not be received any more by Cloud hosting: shop.buyer.name.' },
  ],
  [
    'declared-impersonal',
    (copy) => {
      const { columns, impersonal } = tableOf(copy, 'shop.buyer');
      impersonal.push(remove(columns, ({ column }) => column === 'name').column);
    },
    {
      effect: 'weaker',
      sentence:
        'Declared to say nothing about a person, so neither exported nor erased any more, where it held Identity (personal), used for account: shop.buyer.name.',
    },
  ],
  [
    'erasure-changed',
    (copy) => (columnOf(copy, 'till.visit.address').erasure = { does: 'keep', because: 'A law' }),
    {
      effect: 'weaker',
      sentence: 'The erasure of a person: keeps the value (A law), where it was removes the value: till.visit.address.',
    },
  ],
  [
    'erasure-changed',
    (copy) => (columnOf(copy, 'till.visit.address').erasure = { does: 'delete' }),
    { effect: 'stronger' },
  ],
  [
    'closure-changed',
    (copy) => (tableOf(copy, 'shop.buyer').closure = { does: 'keep', because: 'A law' }),
    {
      effect: 'weaker',
      sentence: 'The closing of an organization: keeps the rows (A law), where it was deletes the rows: shop.buyer.',
    },
  ],
  [
    'period-changed',
    (copy) => (periodOf(copy, 'till.visit.address').keep = 'P1Y'),
    {
      effect: 'weaker',
      sentence:
        'Server access logs, how long it is kept: 1 year from the event, where it was 90 days from the event: till.visit.address.',
    },
  ],
  ['period-changed', (copy) => (periodOf(copy, 'till.visit.address').keep = 'P30D'), { effect: 'stronger' }],
  ['period-changed', (copy) => (periodOf(copy, 'till.visit.address').from = 'created'), { effect: 'different' }],
  ['period-changed', (copy) => (periodOf(copy, 'till.visit.address').then = 'anonymise'), { effect: 'weaker' }],
  [
    'period-changed',
    (copy) => (periodOf(copy, 'till.visit.address').floor = true),
    {
      effect: 'weaker',
      sentence:
        'Server access logs, what happens then: deleted; not earlier, even on request, where it was deleted: till.visit.address.',
    },
  ],
  [
    'period-changed',
    (copy) => delete columnOf(copy, 'till.visit.address').underCharter!.period,
    { effect: 'different', sentence: 'Server access logs: not held, where it was held: till.visit.address.' },
  ],
  [
    'rule-changed',
    (copy) => (columnOf(copy, 'till.visit.key').retention = 'account'),
    {
      effect: 'different',
      sentence: 'Kept under another rule: Your account, where it was Sign-in sessions: till.visit.key.',
    },
  ],
  [
    'rule-changed',
    (copy) => (tableOf(copy, 'shop.buyer').ends = { rule: 'account', from: 'seen_at' }),
    {
      effect: 'different',
      sentence:
        'Rows end otherwise: by the rule “Your account” from seen_at, where it was by the rule “Your account” from created_at: shop.buyer.',
    },
  ],
  [
    'basis-changed',
    (copy) => (columnOf(copy, 'shop.buyer.name').underCharter!.bases[0]!.basis = 'consent'),
    {
      effect: 'different',
      sentence: 'The lawful basis for account: consent, where it was contract: shop.buyer.name.',
    },
  ],
  [
    'classification-changed',
    (copy) => (columnOf(copy, 'shop.buyer.id').classification = 'personal'),
    {
      effect: 'weaker',
      sentence: 'Classified otherwise: personal, where it was pseudonymous: shop.buyer.id.',
    },
  ],
  [
    'classification-changed',
    (copy) => (columnOf(copy, 'till.visit.key').form = 'bcrypt'),
    { effect: 'different', sentence: 'Stored otherwise: bcrypt, where it was sha-256: till.visit.key.' },
  ],
  [
    'category-changed',
    (copy) => (columnOf(copy, 'shop.buyer.name').category = 'contact'),
    {
      effect: 'different',
      sentence: 'Belongs to another category: Contact details, where it was Identity: shop.buyer.name.',
    },
  ],
  [
    'location-changed',
    (copy) => copy.charter!.locations.push({ region: 'eu-west-1', country: 'IE', place: 'Ireland' }),
    {
      effect: 'different',
      sentence: 'Where a region may be: Ireland (IE), where it was nowhere: eu-west-1.',
    },
  ],
  [
    'location-changed',
    (copy) => (copy.charter!.recipients.find(({ id }) => id === 'hosting')!.location = 'IE'),
    {
      effect: 'different',
      sentence: 'Which company it is: not yet named (IE), where it was not yet named (US): hosting.',
    },
  ],
  [
    'category-removed',
    (copy) => remove(tableOf(copy, 'till.visit').columns, ({ column }) => column === 'key'),
    { effect: 'stronger', sentence: 'A category that the service does not hold any more, Credentials: till.' },
  ],
  [
    'column-removed',
    (copy) => remove(tableOf(copy, 'shop.buyer').columns, ({ column }) => column === 'name'),
    { effect: 'stronger', sentence: 'Not held any more, Identity (personal), used for account: shop.buyer.name.' },
  ],
];

describe('the difference between two data maps', () => {
  it.each(cases)('%s', (kind, change, said) => {
    expect(changesOf(change)).toContainEqual(expect.objectContaining({ kind, ...said }));
  });

  it('has a test for each kind of change', () => {
    expect(new Set(cases.map(([kind]) => kind))).toEqual(new Set(dataMapChangeKinds));
  });

  it('is nothing between a map and itself, whatever was changed in it, and something between it and another', () => {
    const some = fc.subarray(cases.map(([, change]) => change));
    fc.assert(
      fc.property(some, (chosen) => {
        // One after the other can take away what the next one needs.
        const one = chosen.reduce((before, change) => {
          try {
            return changedMap(before, change);
          } catch {
            return before;
          }
        }, map);
        expect(diffDataMaps(one, structuredClone(one)).changes).toEqual([]);
        expect(diffDataMaps(map, one).changes.length > 0).toBe(JSON.stringify(one) !== JSON.stringify(map));
      }),
    );
  });

  it('misses nothing that the map says about a column', () => {
    const missed = leavesOf(columnOf(map, 'shop.buyer.name'))
      .map((place) => place.join('.'))
      .filter((place) => !ASIDE.test(place))
      .filter((place) => {
        const after = structuredClone(map);
        alter(columnOf(after, 'shop.buyer.name') as unknown as Record<string, unknown>, place.split('.'));
        return diffDataMaps(map, after).changes.length === 0;
      });
    expect(missed).toEqual([]);
  });

  it('puts what is worst for people first, and then what weighs most', () => {
    const changes = changesOf((copy) => {
      for (const [kind, change] of cases) if (!kind.endsWith('removed') && kind !== 'declared-impersonal') change(copy);
    });
    const ranks = changes.map(({ effect, kind }) => [changeEffects.indexOf(effect), dataMapChangeKinds.indexOf(kind)]);
    expect(ranks).toEqual(ranks.toSorted(([a, b], [c, d]) => a! - c! || b! - d!));
    expect(changes[0]!.kind).toBe('became-personal');
  });

  it('says once what is true of several places, names some of them and counts the others', () => {
    const [change, ...rest] = changesOf((copy) => {
      for (const { tables } of copy.services)
        for (const { columns } of tables) for (const { purposes } of columns) purposes.push('marketing');
    });
    expect(rest).toEqual([]);
    expect(change!.places).toHaveLength(6);
    expect(change!.sentence).toBe(
      'Used for one thing more, marketing: shop.buyer.email, shop.buyer.email_lookup, shop.buyer.id and 3 more.',
    );
  });

  it('compares declarations alone where one of the maps has no charter', () => {
    expect(diffDataMaps(smallDataMap(), map)).toEqual({ changes: [], comparesCharters: false });
    const after = changedMap(map, (copy) => columnOf(copy, 'shop.buyer.name').purposes.push('marketing'));
    expect(diffDataMaps(smallDataMap(), after).changes.map(({ kind }) => kind)).toEqual(['purpose-added']);
    expect(diffDataMaps(map, map).comparesCharters).toBe(true);
  });

  it('says nothing about columns that say nothing about a person', () => {
    expect(changesOf((copy) => tableOf(copy, 'shop.buyer').impersonal.push('colour'))).toEqual([]);
  });

  it('knows its own format only', () => {
    expect(DataMapSchema.safeParse({ ...map, formatVersion: 2 }).success).toBe(false);
  });
});

/** Names of things, and words that the charter's own comparison tells. */
const ASIDE = /^(column|underCharter\.(bases\.\d+\.(purpose|title)))$/;

function leavesOf(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (value === null || typeof value !== 'object') return [at];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...at, key]));
}

/** Another word of the same vocabulary, so that it can be told. */
const OTHERS: Readonly<Record<string, unknown>> = {
  classification: 'secret',
  category: 'contact',
  retention: 'session',
  does: 'blank',
  keep: 'P99Y',
  from: 'created',
  then: 'archive',
  earlier: undefined,
};

function alter(target: Record<string, unknown>, [step, ...rest]: string[]): void {
  if (rest.length > 0) alter(target[step!] as Record<string, unknown>, rest);
  else target[step!] = step! in OTHERS ? OTHERS[step!] : 'other';
}
