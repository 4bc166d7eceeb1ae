import { describe, expect, it } from '@jest/globals';
import { charterDigest, renderPromise } from './charter.js';
import { loadCharter } from './load-charter.js';
import { edited, editedText, shipped, shippedText } from './shipped.fixture.js';
import { authClasses } from './vocabulary.js';

const cascade = shipped('fluxcascade');
const expert = shipped('dataflow-xpert');
const fluent = shipped('fluxent');

describe('a charter', () => {
  it('gives a retention rule ready to compute with', () => {
    expect(expert.retention('access-log')).toEqual({
      key: 'access-log',
      keep: { years: 0, months: 0, days: 90, seconds: 0 },
      keepText: 'P90D',
      from: 'event',
      then: 'delete',
      floor: false,
      basis: 'legitimate-interest',
    });
    expect(fluent.retention('lead')).toMatchObject({
      keep: { months: 24 },
      orSooner: { keep: { years: 0, months: 0, days: 0, seconds: 0 }, from: 'engagement-close' },
      then: 'archive',
      archive: { keep: { years: 1 }, then: 'delete' },
    });
    expect(fluent.retention('billing').floor).toBe(true);
  });

  it('does not invent a period for a key that it does not bind', () => {
    expect(fluent.binds('connection-credential')).toBe(false);
    expect(() => fluent.retention('connection-credential')).toThrow(
      'does not bind the retention key connection-credential',
    );
    expect(expert.binds('connection-credential')).toBe(true);
  });

  it('knows which modules are on', () => {
    expect([fluent.isOn('core'), fluent.isOn('sync'), fluent.isOn('portal')]).toEqual([true, false, true]);
  });

  it('knows the basis of each purpose that it allows, and none of another', () => {
    expect(expert.basisOf('sync')).toBe('contract');
    expect(expert.basisOf('client-work')).toBeUndefined();
  });

  it('refuses every credential but OAuth where OAuth is promised, with the conflict as reason', () => {
    const verdicts = authClasses.map((auth) => [auth, cascade.connection('postgres', auth)] as const);
    for (const [auth, verdict] of verdicts) {
      const rule = auth.startsWith('oauth2') ? 'connector/not-granted' : 'conflict/C5';
      expect([auth, verdict]).toMatchObject([auth, { allowed: false, rule }]);
    }
    expect(cascade.connection('postgres', 'database-password')).toMatchObject({
      reason: expect.stringContaining('OAuth 2.0 only'),
    });
  });

  it('allows the ways that a connector is granted, and no connector that is not listed', () => {
    expect(expert.connection('postgres', 'database-password')).toEqual({ allowed: true });
    expect(expert.connection('csv', 'no-credential')).toEqual({ allowed: true });
    expect(cascade.connection('csv', 'no-credential')).toMatchObject({ allowed: false, rule: 'conflict/C5' });
    expect(expert.connection('postgres', 'oauth2')).toMatchObject({ allowed: false, rule: 'connector/not-granted' });
    expect(expert.connection('constructor', 'oauth2')).toMatchObject({ allowed: false });
    expect(cascade.connection('salesforce', 'oauth2-pkce')).toEqual({ allowed: true });
  });

  it('allows its own regions only', () => {
    expect([cascade.allowsRegion('eu-west-1'), fluent.allowsRegion('eu-west-1')]).toEqual([true, false]);
    expect(fluent.allowsRegion('constructor')).toBe(false);
  });

  it('cannot be changed once it is loaded', () => {
    const change = () => {
      (expert.document.retention['access-log'] as { keep: string }).keep = 'P1D';
    };
    expect(change).toThrow(TypeError);
    expect(() => (expert.promises as unknown[]).push({})).toThrow(TypeError);
  });

  it('takes effect at the start of its day in the zone of the controller', () => {
    expect(expert.effectiveAt.toISOString()).toBe('2026-04-22T04:00:00.000Z');
    expect(cascade.effectiveAt.toISOString()).toBe('2026-03-01T08:00:00.000Z');
  });

  it('says how old evidence may be, for each promise or for all', () => {
    expect(expert.promise('D59')?.freshFor).toBe('P1D');
    expect(edited('dataflow-xpert', [[['promises', 58, 'freshFor'], 'PT1H']]).promise('D59')?.freshFor).toBe('PT1H');
  });
});

describe('the number in a sentence', () => {
  it('is the number that the code reads, whatever it is set to', () => {
    const changed = edited('dataflow-xpert', [[['retention', 'access-log', 'keep'], 'P14D']]);
    expect(changed.retention('access-log').keep.days).toBe(14);
    expect(changed.promise('D59')?.sentence).toBe('Server access logs are purged after 14 days.');
  });

  it('is filled into a raw entry and into a ready promise alike', () => {
    const raw = expert.document.promises.find(({ id }) => id === 'D48')!;
    expect(raw.text).toContain('{minimumGroupSize}');
    expect(renderPromise(expert, raw)).toBe(renderPromise(expert, expert.promise('D48')!));
    expect(renderPromise(expert, raw)).toContain('at least 20 people');
  });
});

describe('the digest of a charter', () => {
  it('does not depend on comments, layout or the order of keys', () => {
    const text = shippedText('fluxent');
    const again = loadCharter(
      `# another comment\n${text.replace('title: Fluxent\n', '')}\ntitle: "Fluxent"\n`,
      'x.yaml',
    );
    expect(charterDigest(again)).toBe(charterDigest(fluent));
    expect(charterDigest(fluent)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with every setting and sentence', () => {
    const digests = [
      fluent.digest,
      edited('fluxent', [[['accounts', 'minimumAge'], 14]]).digest,
      loadCharter(editedText('fluxent', []).replace('append-only', 'append-only now'), 'x.yaml').digest,
    ];
    expect(new Set(digests).size).toBe(3);
  });
});
