import { describe, expect, it } from '@jest/globals';
import {
  configuration,
  declareDataMap,
  personal,
  type PersonalMeaning,
  plain,
  recordedHoldings,
  secret,
  table,
  type Table,
} from '@millrace/privacy';

const meaning = (onErase: PersonalMeaning['onErase'] = 'delete'): PersonalMeaning => ({
  category: 'contact',
  purposes: ['security', 'account'],
  retention: 'account',
  onErase,
});
const lives = { guards: [], retention: { livesWith: 'the test' } } as const;

function mapped(one: Table) {
  return declareDataMap([{ service: 'shop', tables: [one] }]).services[0]!.tables[0]!;
}

const erasures = (one: Table) =>
  Object.fromEntries(mapped(one).columns.map(({ column, erasure }) => [column, erasure]));

describe('the data map of declared tables', () => {
  it('has every column, in the order of names: with what it means, or as one that says nothing about a person', () => {
    const one = table(
      'buyer',
      { id: plain.uuid({ primary: true }), createdAt: plain.instant(), email: personal.email(meaning()) },
      { guards: [], retention: { rule: 'account', from: 'createdAt' } },
    );
    const facts = {
      category: 'contact',
      purposes: ['account', 'security'],
      retention: 'account',
      erasure: { does: 'delete' },
    };
    expect(mapped(one)).toEqual({
      table: 'buyer',
      ends: { rule: 'account', from: 'created_at' },
      columns: [
        { column: 'email', classification: 'personal', form: 'email-address', ...facts },
        { column: 'email_lookup', classification: 'pseudonymous', form: 'hmac-sha-256', ...facts },
      ],
      impersonal: ['created_at', 'id'],
    });
  });

  it('is the same however declarations are ordered', () => {
    const [a, b] = ['a', 'b'].map((name) => table(name, { id: plain.uuid({ primary: true }) }, lives));
    const one = declareDataMap([
      { service: 'x', tables: [a!, b!] },
      { service: 'y', tables: [a!] },
    ]);
    const other = declareDataMap([
      { service: 'y', tables: [a!] },
      { service: 'x', tables: [b!, a!] },
    ]);
    expect(other).toEqual(one);
  });

  it('says that a row which is deleted takes the columns along that would stay', () => {
    const one = table(
      'token',
      {
        userId: personal.userId(meaning()),
        hash: secret.digest('sha-256', { retention: 'account' }),
        label: configuration.text(10, { retention: 'account' }),
      },
      { ...lives, subject: 'userId' },
    );
    expect(erasures(one)).toEqual({
      user_id: { does: 'delete' },
      hash: { does: 'delete' },
      label: { does: 'delete' },
    });
  });

  it('tells a value that is removed, with its lookup, from one that stays for a reason', () => {
    const one = table(
      'log',
      {
        email: personal.email(meaning('blank')),
        note: personal.text(10, meaning({ keep: 'A law' })),
        key: secret.digest('sha-256', { retention: 'account' }),
      },
      lives,
    );
    expect(erasures(one)).toEqual({
      email: { does: 'blank' },
      email_lookup: { does: 'blank' },
      note: { does: 'keep', because: 'A law' },
      key: { does: 'keep', because: 'An erasure does not look for it here: it ends with its row' },
    });
  });

  it('does not say that something is erased in a table in which no erasure looks', () => {
    const one = table('vault', { role: secret.digest('sha-256', { retention: 'account' }) }, lives);
    expect(erasures(one)).toEqual({
      role: { does: 'keep', because: 'An erasure does not look for it here: it ends with its row' },
    });
  });

  it('says what the closing of an organization does, where rows belong to one', () => {
    const columns = { orgId: plain.tenant() };
    expect(mapped(table('a', columns, lives)).closure).toEqual({ does: 'delete' });
    const kept = table('a', columns, { ...lives, onClosure: { keep: 'The id alone' } });
    expect(mapped(kept).closure).toEqual({ does: 'keep', because: 'The id alone' });
    expect(mapped(table('a', { id: plain.uuid() }, lives))).not.toHaveProperty('closure');
  });

  it('makes the tables of the record of processing activities, those without such a column left out', () => {
    const buyer = table(
      'buyer',
      {
        name: personal.text(9, { ...meaning(), category: 'identity', purposes: ['support'] }),
        email: personal.email(meaning()),
      },
      lives,
    );
    const counter = table('counter', { id: plain.uuid() }, lives);
    expect(recordedHoldings(declareDataMap([{ service: 'shop', tables: [buyer, counter] }]))).toEqual([
      {
        service: 'shop',
        table: 'buyer',
        categories: ['contact', 'identity'],
        purposes: ['account', 'security', 'support'],
        retention: ['account'],
      },
    ]);
  });
});
