import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bridge, HASHER, TOKENIZER } from '../move/move.fixture.js';

let bridge: Bridge;

beforeAll(async () => {
  bridge = await Bridge.open();
});

afterAll(() => bridge.close());

const FIELDS = [
  { from: 'id', steps: ['tokenize'] },
  { from: 'name', steps: ['trim', { case: 'title' }] },
  { from: 'email', hash: true },
  { from: 'amount', steps: [{ formatNumber: { decimals: 2, decimalSeparator: ',' } }] },
  { from: 'amount', to: 'bucket', steps: [{ generalise: { bucket: 100 } }] },
  { from: 'seen', to: 'seen_text', steps: [{ formatDate: { pattern: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' } }] },
  { from: 'ordered', steps: [{ parseDate: { pattern: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' } }], onFailure: null },
  { from: 'profile', to: 'city', steps: [{ jsonPath: '$.address.city' }] },
  { from: 'address', steps: [{ generalise: 'network' }] },
  { from: 'tags', to: 'tags_text', steps: [{ replace: { text: '{', with: '[' } }] },
  { to: 'origin', value: { constant: 'crm' } },
  {
    to: 'label',
    value: { concat: [{ field: 'name', steps: ['trim'] }, '/', { field: 'tags' }, '/', { field: 'pause' }] },
  },
  { to: 'gross', value: { expression: 'amount * decimal("1.19")' } },
  { to: 'adult', value: { expression: 'age >= 18' } },
  {
    to: 'size',
    value: { when: { cases: [{ if: { field: 'age', isNull: true }, then: null }], otherwise: { field: 'age' } } },
    cast: 'smallint',
  },
];

describe('fields mapped between real servers', () => {
  it('arrive in columns of the types that their steps give', async () => {
    await bridge.source
      .query(`create table person (id bigint primary key, name text, email text, amount numeric(20,3), seen timestamptz,
      ordered text, profile jsonb, address inet, tags text[], pause interval, age integer)`);
    await bridge.source.query(`insert into person values
      (1, '  ada LOVELACE ', 'ada@example.com', 12345678901234567.505, '2024-07-01 16:00Z', '01.07.2024 18:00',
       '{"address": {"city": "Köln"}}', '192.0.2.77', '{a,b}', '1 day 02:00', 36),
      (2, null, null, null, null, '31.03.2024 02:30', null, '2001:db8:1:2::3', null, null, null)`);
    const stream = await bridge.compile({ from: 'public.person', to: 'mapped', key: ['id'], fields: FIELDS });
    const { counts } = await bridge.run(stream).done;
    expect(counts).toMatchObject({ read: 2, written: 2, rejected: 0, nulled: 1 });
    const types = await bridge.target.query(
      `select string_agg(column_name || ' ' || data_type, ', ' order by column_name) as types from information_schema.columns where table_name = 'mapped'`,
    );
    expect(types[0]).toEqual({
      types:
        'address text, adult boolean, amount text, bucket numeric, city text, email text, gross numeric, id text, label text, name text, ordered timestamp with time zone, origin text, seen_text text, size smallint, tags_text text',
    });
    const rows = await bridge.target.query('select to_jsonb(m) as row from mapped m order by name nulls last');
    expect(rows.map((one) => one['row'])).toEqual([
      {
        id: TOKENIZER.tokenize('1'),
        name: 'Ada Lovelace',
        email: HASHER('ada@example.com'),
        amount: '12345678901234567,51',
        bucket: expect.anything(),
        seen_text: '01.07.2024 18:00',
        ordered: '2024-07-01T16:00:00+00:00',
        city: 'Köln',
        address: '192.0.2.0/24',
        tags_text: '[a,b}',
        origin: 'crm',
        label: 'ada LOVELACE/{a,b}/1 day 02:00:00',
        gross: expect.anything(),
        adult: true,
        size: 36,
      },
      expect.objectContaining({
        name: null,
        ordered: null,
        address: '2001:db8:1::/48',
        origin: 'crm',
        label: null,
        gross: null,
        adult: null,
        size: null,
      }),
    ]);
    const exact = await bridge.target.query('select gross::text, bucket::text from mapped where name is not null');
    expect(exact[0]).toEqual({ gross: '14691357892469135.33095', bucket: '12345678901234500' });
  });
});
