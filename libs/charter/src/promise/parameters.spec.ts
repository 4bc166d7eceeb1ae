import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shipped } from '../shipped.fixture.js';
import { enumerate, humanDate, humanDuration, humanWord } from './human-words.js';
import { fillParameters, fillSentence, valueAt } from './parameters.js';

const { document } = shipped('dataflow-xpert');

describe('a parameter in a sentence', () => {
  it.each([
    ['{retention.access-log.keep}', '90 days'],
    ['{retention.billing.keep}', '7 years'],
    ['{tokens.oneTimeCode}', '10 minutes'],
    ['{breach.authorityWithin}', '72 hours'],
    ['{connectors.salesforce.tokenInvalid}', 'no delay'],
    ['{effective}', '22 April 2026'],
    ['{purposes.count}', '8'],
    ['{connectors.count}', '14'],
    ['{subProcessors.count}', '5'],
    ['{cookies}', 'sessionid and csrftoken'],
    ['{connectors.jira.scopes}', 'read:jira-work and read:jira-user'],
    ['{connectors.jira.auth}', 'OAuth 2.0 with PKCE and API token'],
    ['{mail.transactional}', 'demo confirmation, account alert and sync error'],
    ['{documents.privacy.title}', 'Privacy Policy'],
    ['{selfServe.export.path}', '/api/v1/auth/me/export'],
  ])('%s reads %s', (text, words) => {
    expect(fillSentence(document, text)).toBe(words);
  });

  it.each([
    '{}',
    '{nothing}',
    '{retention.access-log.deeper}',
    '{retention.access-log.keep.years}',
    '{connectorRules.constructor}',
    '{controller.__proto__}',
    '{promises}',
    '{promises.D1.text}',
    '{subProcessors}',
    '{notices.policyChange.inApp}',
    '{title.count}',
  ])('%s is no setting that can stand in a sentence', (text) => {
    expect(() => fillSentence(document, text)).toThrow('no setting of this charter');
  });
});

describe('a parameter of a probe', () => {
  it('is the raw value when it is one single reference, and itself otherwise', () => {
    expect(
      fillParameters(document, { fields: '{accounts.fields}', rule: 'billing', size: '{minimumGroupSize}' }),
    ).toEqual({
      fields: ['email', 'name', 'jobTitle'],
      rule: 'billing',
      size: 20,
    });
    expect(fillParameters(document, { text: 'a {title}', list: ['{title}'] })).toEqual({
      text: 'a {title}',
      list: ['{title}'],
    });
  });

  it('takes a map as the list of its keys', () => {
    expect(valueAt(document, 'residency.regions')).toEqual(['us-east-1']);
  });
});

describe('a duration in words', () => {
  it('keeps its own units and counts them right', () => {
    const count = fc.integer({ min: 0, max: 400 });
    fc.assert(
      fc.property(count, count, count, (years, days, hours) => {
        const words = humanDuration(`P${years}Y${days}DT${hours}H`);
        const expected = [
          [years, 'year'],
          [days, 'day'],
          [hours, 'hour'],
        ].filter(([many]) => many !== 0) as [number, string][];
        const parts = expected.map(([many, unit]) => `${many} ${unit}${many === 1 ? '' : 's'}`);
        expect(words).toBe(parts.length ? enumerate(parts) : 'no delay');
      }),
      { numRuns: 200 },
    );
  });

  it('tells months from minutes', () => {
    expect([humanDuration('P1M'), humanDuration('PT1M'), humanDuration('P24M'), humanDuration('P2W')]).toEqual([
      '1 month',
      '1 minute',
      '24 months',
      '2 weeks',
    ]);
  });
});

it('words of the vocabularies read as English', () => {
  expect(['jobTitle', 'security-log', 'e-mail', 'us-east-1', 'IE', 'free text'].map(humanWord)).toEqual([
    'job title',
    'security log',
    'e-mail',
    'us-east-1',
    'Ireland',
    'free text',
  ]);
  expect(humanDate('2026-12-01')).toBe('1 December 2026');
});
