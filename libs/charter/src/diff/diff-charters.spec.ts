import { describe, expect, it } from '@jest/globals';
import type { CharterDocument } from '../schema/charter.schema.js';
import { edited, type Edit, shipped, shippedNames } from '../shipped.fixture.js';
import { compareDocuments, diffCharters } from './diff-charters.js';

/** What changing each of these settings means for nobody outside the operator, or is told by another change. */
const ASIDE: readonly RegExp[] = [
  /^(charter|title|version|effective)$/, // the file itself
  /^controller\.(zone|audience|postalAddress|representative|roles|contacts\.(support|general|legal))/, // how to reach it
  /^modules\./, // what a module holds has periods, categories and purposes of its own
  /^accounts\.(staffOnly|ageAttestation|invitation|organizationProviders|password)/, // security of an account: the promises say it
  /^(sessions|tokens|lockout)\./,
  /^staff\.(secondFactor|identityProviders|breakGlass\.visibleToCustomer)/,
  /^encryption\.(atRest|keyBits|secretsStore)/,
  /^audit\.appendOnly/,
  /^purposes\.[^.]+\.balancing/, // names a document
  /^data\.[^.]+\.named/, // about the operator's former text
  /^retention\.[^.]+\.(because|orSooner\.from|archive\.then)/, // a reason; told with the period
  /^egress\./, // follows from purposes and recipients
  /^rights\.(subjects|fee|equalService|appeal\.subject)/,
  /^rights\.regimes\.[^.]+\.basis/,
  /^selfServe\.\d+\.(id|method|path|place|right)/, // an address
  /^cookies\.[^.]+\.(on|what)/,
  /^browserStorage\.[^.]+\./,
  /^tracking\.(thirdParties|individuals)/, // have one value only
  /^mail\.marketing\.unsubscribe/,
  /^connectorRules\./, // told by each connector's ways
  /^connectors\.[^.]+\.(title|roles|entities|never|tokenInvalid|costControl|deviations)/, // the promises say it
  /^residency\.(default|regions\.[^.]+\.)/,
  /^subProcessors\.\d+\.(id|category|title|purpose|enabled|aiTraining|ownPurposes)/,
  /^transfers\.\d+\.(id|from|to|fallback|recertifyBy)/,
  /^(documents|evidence|readings|promises)\b/, // the operator's own, or compared by themselves
];

type Place = readonly (string | number)[];

/** Every place of a document that holds a word, a number or a choice. */
function leavesOf(value: unknown, at: Place = []): Place[] {
  if (value === null || typeof value !== 'object') return [at];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...at, key]));
}

function otherwise(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return /^P[\dT]/.test(String(value)) ? 'P99Y' : `${String(value)}-other`;
}

function changedAt(document: CharterDocument, place: Place): CharterDocument {
  const copy = structuredClone(document);
  let target = copy as unknown as Record<string, unknown>;
  for (const step of place.slice(0, -1)) target = target[step] as Record<string, unknown>;
  const last = place.at(-1)!;
  target[last] = otherwise(target[last]);
  return copy;
}

const changesOf = (...edits: Edit[]) => diffCharters(shipped('dataflow-xpert'), edited('dataflow-xpert', edits));

describe('the difference between two charters', () => {
  it.each(shippedNames)('is nothing between %s and itself', (name) => {
    expect(diffCharters(shipped(name), shipped(name))).toMatchObject({ changes: [], owed: [] });
  });

  it.each(shippedNames)('misses no setting of %s that means something to people', (name) => {
    const { document } = shipped(name);
    // One that is not enabled receives nothing.
    const subProcessors = document.subProcessors.filter(({ enabled }) => enabled);
    const missed = leavesOf({ ...document, subProcessors }).filter(
      (place) =>
        !ASIDE.some((aside) => aside.test(place.join('.'))) &&
        compareDocuments(document, changedAt({ ...document, subProcessors }, place)).length === 0,
    );
    expect(missed.map((place) => place.join('.'))).toEqual([]);
  });

  it('tells a longer period from a shorter one, and says both', () => {
    expect(changesOf([['retention', 'access-log', 'keep'], 'P180D']).changes).toContainEqual({
      path: 'retention.access-log.keep',
      effect: 'weaker',
      sentence: 'Server access logs, how long it is kept: 180 days, where it was 90 days.',
      owes: ['policy-change'],
    });
    const [shorter] = changesOf([['retention', 'access-log', 'keep'], 'P30D']).changes;
    expect(shorter).toMatchObject({ path: 'retention.access-log.keep', effect: 'stronger' });
  });

  it('puts what is worse for people first', () => {
    const { changes } = changesOf([['minimumGroupSize'], 50], [['retention', 'session', 'keep'], 'P2Y']);
    const effects = changes.map(({ effect }) => effect);
    expect(effects).toEqual([...effects].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    expect(new Set(effects).size).toBeGreaterThan(1);
  });

  it('announces a recipient as long before as was promised to those who are told', () => {
    const more = {
      id: 'translation',
      category: 'translation',
      title: 'Translation',
      purpose: 'Translates messages.',
      location: 'DE',
      enabled: true,
      ceiling: ['communication'],
      aiTraining: false,
      ownPurposes: false,
    };
    const before = shipped('dataflow-xpert');
    const { length } = before.document.subProcessors;
    const { changes, owed } = changesOf(
      [['subProcessors', length], more],
      [['version'], '2027-03-01'],
      [['effective'], '2027-05-01'],
      [['notices', 'subProcessorChange'], 'P1D'],
    );
    expect(changes).toContainEqual(expect.objectContaining({ path: 'subProcessors.translation', effect: 'weaker' }));
    expect(owed).toContainEqual({
      notice: 'sub-processor-change',
      by: '2027-04-01',
      sentence: 'The change of recipients is announced 30 days before 1 May 2027: by 1 April 2027.',
    });
  });

  it('asks people before anything rests on their consent', () => {
    const { owed } = changesOf([
      ['purposes', 'newsletter'],
      { title: 'Send news', covers: ['client-work'], basis: 'consent' },
    ]);
    expect(owed.map(({ notice }) => notice)).toContain('consent');
  });

  it('shows promises as their readers see them', () => {
    const { changes } = changesOf([['tokens', 'magicLink'], 'PT5M'], [['retention', 'access-log', 'keep'], 'P30D']);
    const said = changes.filter(({ path }) => path.startsWith('promises.'));
    expect(said.length).toBeGreaterThan(0);
    for (const { sentence } of said) expect(sentence).not.toMatch(/[{}]/);
  });
});

const order = ['weaker', 'stronger', 'different'];
