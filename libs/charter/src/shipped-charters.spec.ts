import { describe, expect, it } from '@jest/globals';
import { lintCharter } from './conflicts/lint-charter.js';
import { conflictResolutions } from './conflicts/conflict.js';
import { probeCatalogue, probeNames } from './probe-catalogue.js';
import { charterJsonSchemaText } from './schema/json-schema.js';
import { shipped, shippedFile, shippedNames, shippedText, type ShippedName } from './shipped.fixture.js';
import { neededRetentionKeys } from './rules/rule.js';

const charters = Object.fromEntries(shippedNames.map((name) => [name, shipped(name)])) as Record<
  ShippedName,
  ReturnType<typeof shipped>
>;

/** How many sentences each operator's policy holds; their ids are gapless. */
const promiseCounts: readonly [ShippedName, string, number][] = [
  ['fluxcascade', 'F', 59],
  ['dataflow-xpert', 'D', 102],
  ['fluxent', 'X', 86],
];

describe('the promises of the three operators', () => {
  it.each(promiseCounts)('%s has %s1 to %s%i, none missing and none twice', (name, letter, count) => {
    const ids = Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
    expect(charters[name].promises.map(({ id }) => id)).toEqual(ids);
  });

  it('are 247', () => {
    expect(shippedNames.flatMap((name) => charters[name].promises)).toHaveLength(247);
  });

  it.each(shippedNames)('%s types no number into a sentence but the names of standards', (name) => {
    const standards = /OAuth 2\.0|SOC 2 Type II|\{[^}]*\}/g;
    for (const { id, text } of charters[name].document.promises) {
      expect({ id, digits: text.replace(standards, '').match(/\d/g) }).toEqual({ id, digits: null });
    }
  });

  it.each(shippedNames)('%s leaves no brace in a sentence', (name) => {
    for (const { sentence } of charters[name].promises) expect(sentence).not.toMatch(/[{}]|undefined|\[object/);
  });

  it.each([
    ['fluxcascade', 'F39', 'Within 30 days of a deletion your data is gone from all of our systems.'],
    ['fluxcascade', 'F23', 'By default your data is processed in the United States.'],
    ['dataflow-xpert', 'D59', 'Server access logs are purged after 90 days.'],
    ['dataflow-xpert', 'D55', 'Demo requests are kept for 3 years, or until you ask us to delete them.'],
    ['fluxent', 'X35', 'Audit entries are kept for 2 years from the event.'],
    ['fluxent', 'X51', 'An appeal is answered within 60 days.'],
    ['fluxent', 'X13', 'We set exactly these cookies: csrftoken and sessionid.'],
  ] as const)('%s %s reads: %s', (name, id, sentence) => {
    expect(charters[name].promise(id)?.sentence).toBe(sentence);
  });

  /** The numbers of the policies, which a charter cannot lose without failing here. */
  it.each([
    ['fluxcascade', 'erasure.completeWithin', 'P30D'],
    ['dataflow-xpert', 'retention.demo-request.keep', 'P3Y'],
    ['dataflow-xpert', 'retention.account.keep', 'P1Y'],
    ['dataflow-xpert', 'retention.connection-credential.keep', 'P30D'],
    ['dataflow-xpert', 'retention.cached-metrics.keep', 'P30D'],
    ['dataflow-xpert', 'retention.access-log.keep', 'P90D'],
    ['dataflow-xpert', 'retention.correspondence.keep', 'P3Y'],
    ['dataflow-xpert', 'retention.billing.keep', 'P7Y'],
    ['dataflow-xpert', 'rights.regimes.gdpr.answer', 'P30D'],
    ['dataflow-xpert', 'rights.regimes.ccpa.answer', 'P45D'],
    ['dataflow-xpert', 'breach.usersWithin', 'PT72H'],
    ['dataflow-xpert', 'notices.policyChange.banner', 'P30D'],
    ['fluxent', 'retention.lead.keep', 'P24M'],
    ['fluxent', 'retention.audit-log.keep', 'P2Y'],
    ['fluxent', 'retention.billing.keep', 'P7Y'],
    ['fluxent', 'rights.appeal.answer', 'P60D'],
    ['fluxent', 'tokens.ceiling', 'PT15M'],
    ['fluxent', 'accounts.minimumAge', 13],
    ['dataflow-xpert', 'minimumGroupSize', 20],
  ] as const)('%s sets %s to %s', (name, path, value) => {
    const found = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], charters[name].document);
    expect(found).toBe(value);
  });
});

describe('the probes of the shipped promises', () => {
  const probed = shippedNames.flatMap((name) => charters[name].promises.filter(({ probe }) => probe));

  it('take the parameters that the catalogue declares, references resolved', () => {
    for (const { probe, with: parameters } of probed) {
      expect(probeCatalogue[probe!].parameters.safeParse(parameters).success).toBe(true);
    }
    expect(charters.fluxcascade.promise('F23')?.with).toEqual({ regions: ['us-east-1', 'eu-west-1'] });
    expect(charters.fluxent.promise('X5')?.with).toEqual({ fields: ['email', 'name', 'username', 'phone', 'company'] });
  });

  it('are declared with a question each', () => {
    for (const name of probeNames) expect(probeCatalogue[name].question).toMatch(/\?$/);
  });

  it('ask for the operator’s document where nothing else can show it, and only there', () => {
    for (const { id, evidence, probe } of probed)
      expect([id, evidence.every((kind) => kind === 'doc')]).toEqual([id, probe === 'documents.in-date']);
  });
});

describe('the shipped charters', () => {
  it.each(shippedNames)('%s binds every key of the modules that it switches on', (name) => {
    const charter = charters[name];
    for (const key of neededRetentionKeys(charter.document)) expect(charter.retention(key).key).toBe(key);
  });

  it('show each of the conflicts C1 to C27 between them', () => {
    const found = shippedNames.flatMap((name) => lintCharter(charters[name]).map(({ rule }) => rule));
    const conflicts = new Set(found.filter((rule) => rule.startsWith('conflict/')).map((rule) => rule.slice(9)));
    expect([...conflicts].sort()).toEqual(Object.keys(conflictResolutions).sort());
  });

  it('let only the placeholder address block a publication', () => {
    const blocked = shippedNames.flatMap((name) =>
      lintCharter(charters[name])
        .filter(({ blocks }) => blocks)
        .map(({ file, rule }) => `${file} ${rule}`),
    );
    expect(blocked).toEqual(['fluxcascade.yaml conflict/C20']);
  });

  it('point each finding at its line', () => {
    const text = shippedText('fluxcascade').split('\n');
    const address = lintCharter(charters.fluxcascade).find(({ rule }) => rule === 'conflict/C20')!;
    expect(text[address.line - 1]!.slice(address.column - 1)).toBe('postalAddress: placeholder');
  });

  it('have an up-to-date JSON Schema beside them (node deploy/charters/write-schema.mjs)', () => {
    expect(shippedFile('charter.schema.json')).toBe(charterJsonSchemaText());
  });
});
