import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { editedText, refusals, shippedText, type Edit, type ShippedName } from '../shipped.fixture.js';

interface Violation {
  readonly rule: string;
  readonly why: string;
  readonly edits: readonly Edit[];
  readonly charter?: ShippedName;
}

const plain = { keep: 'P1Y', from: 'event', then: 'delete', basis: 'contract' };
const cookie = { class: 'analytics', on: 'choice', lives: 'session', what: 'Counts visits.' };

const violations: readonly Violation[] = [
  {
    rule: 'account/required-unknown',
    why: 'a field is required that no account has',
    edits: [
      [
        ['accounts', 'required'],
        ['email', 'company'],
      ],
    ],
  },
  { rule: 'account/email-missing', why: 'an account needs no address', edits: [[['accounts', 'required'], ['name']]] },
  { rule: 'token/above-ceiling', why: 'a code outlives the ceiling', edits: [[['tokens', 'oneTimeCode'], 'P2D']] },
  { rule: 'session/idle-above-absolute', why: 'idling outlives the session', edits: [[['sessions', 'idle'], 'P30D']] },
  {
    rule: 'cookie/sign-in-missing',
    why: 'the session cookie is not registered',
    edits: [[['cookies', 'sessionid'], undefined]],
  },
  {
    rule: 'cookie/sign-in-class',
    why: 'the session cookie is declared functional',
    edits: [[['cookies', 'sessionid'], { ...cookie, class: 'functional' }]],
  },
  {
    rule: 'cookie/before-choice',
    why: 'an analytics cookie comes at sign-in',
    edits: [[['cookies', '_visits'], { ...cookie, on: 'sign-in' }]],
  },
  {
    rule: 'cookie/no-choice',
    why: 'a marketing cookie has no choice to wait for',
    edits: [
      [['cookies', '_ads'], { ...cookie, class: 'marketing' }],
      [['tracking', 'marketingChoice'], 'none'],
    ],
  },
  {
    rule: 'purpose/uncovered',
    why: 'sync has no basis',
    edits: [[['purposes', 'run-integrations', 'covers'], ['client-work']]],
  },
  {
    rule: 'purpose/covered-twice',
    why: 'account has two bases',
    edits: [
      [
        ['purposes', 'run-integrations', 'covers'],
        ['sync', 'account'],
      ],
    ],
  },
  {
    rule: 'purpose/balancing-unknown',
    why: 'the balancing test is no document',
    edits: [[['purposes', 'keep-secure', 'balancing'], 'nowhere']],
  },
  { rule: 'data/undeclared', why: 'a held category is not described', edits: [[['data', 'security-log'], undefined]] },
  {
    rule: 'egress/purpose-without-basis',
    why: 'calls go out for a purpose without a basis',
    edits: [[['egress', 'purposes'], ['client-work']]],
  },
  {
    rule: 'retention/unbound',
    why: 'a key of a module that is on has no period',
    edits: [[['retention', 'cached-metrics'], undefined]],
  },
  {
    rule: 'retention/archive-without-end',
    why: 'leads are archived for ever',
    charter: 'fluxent',
    edits: [[['retention', 'lead', 'archive'], undefined]],
  },
  {
    rule: 'retention/archive-unused',
    why: 'an archive is named and not used',
    charter: 'fluxent',
    edits: [[['retention', 'lead', 'then'], 'delete']],
  },
  {
    rule: 'retention/floor-without-obligation',
    why: 'a contract resists deletion',
    edits: [[['retention', 'session'], { ...plain, floor: true }]],
  },
  {
    rule: 'retention/case-register-too-short',
    why: 'requests are forgotten after 730 days',
    edits: [[['retention', 'case-register', 'keep'], 'P730D']],
  },
  {
    rule: 'erasure/backups-outlive',
    why: 'backups live longer than a deletion',
    edits: [[['backups', 'keep'], 'P35D']],
  },
  {
    rule: 'rights/appeal-missing',
    why: 'Virginians cannot appeal',
    charter: 'fluxent',
    edits: [[['rights', 'appeal'], undefined]],
  },
  {
    rule: 'breach/authority-too-late',
    why: 'the authority hears after four days',
    edits: [[['breach', 'authorityWithin'], 'PT96H']],
  },
  {
    rule: 'mail/bodies-above-ceiling',
    why: 'mails say more than the provider may see',
    charter: 'fluxcascade',
    edits: [[['mail', 'bodies'], 'full']],
  },
  {
    rule: 'self-serve/duplicate-id',
    why: 'one right is declared twice',
    edits: [[['selfServe', 1], { id: 'export', right: 'access', method: 'GET', path: '/x', place: 'There' }]],
  },
  { rule: 'document/path-missing', why: 'a page has no address', edits: [[['documents', 1, 'path'], undefined]] },
  { rule: 'document/privacy-missing', why: 'there is no privacy page', edits: [[['documents', 0, 'id'], 'other']] },
  { rule: 'document/duplicate-id', why: 'two documents share an id', edits: [[['documents', 2, 'id'], 'terms']] },
  {
    rule: 'launch/representative-missing',
    why: 'the EEA is opened without a representative',
    edits: [
      [
        ['controller', 'markets'],
        ['US', 'EEA'],
      ],
    ],
  },
  {
    rule: 'launch/representative-unnamed',
    why: 'the representative has no name',
    edits: [[['controller', 'representative', 'state'], 'appointed']],
  },
  {
    rule: 'residency/default-unknown',
    why: 'the default region does not exist',
    edits: [[['residency', 'default'], 'moon-1']],
  },
  {
    rule: 'residency/region-outside',
    why: 'a region leaves the promised country',
    charter: 'fluxent',
    edits: [[['residency', 'regions', 'eu-west-1'], { country: 'IE', place: 'Ireland', plan: 'every' }]],
  },
  {
    rule: 'residency/sub-processor-outside',
    why: 'a provider leaves the promised country',
    charter: 'fluxent',
    edits: [[['subProcessors', 0, 'location'], 'IE']],
  },
  {
    rule: 'transfer/mechanism-missing',
    why: 'an open market is served from abroad without a mechanism',
    charter: 'fluxcascade',
    edits: [
      [
        ['controller', 'markets'],
        ['US', 'EEA'],
      ],
      [
        ['controller', 'representative'],
        { state: 'appointed', name: 'A Representative', contact: 'eu@fluxcascade.example' },
      ],
    ],
  },
  { rule: 'transfer/duplicate-id', why: 'two transfers share an id', edits: [[['transfers', 1, 'id'], 'eea']] },
  {
    rule: 'connector/auth-refused',
    why: 'a connector signs in by password where OAuth is promised',
    charter: 'fluxcascade',
    edits: [
      [
        ['connectors', 'jira', 'auth'],
        ['oauth2-pkce', 'api-token'],
      ],
    ],
  },
  {
    rule: 'connector/scopes-missing',
    why: 'an OAuth connector lists no scopes',
    edits: [[['connectors', 'slack', 'scopes'], undefined]],
  },
  {
    rule: 'sub-processor/duplicate-id',
    why: 'two providers share an id',
    edits: [[['subProcessors', 1, 'id'], 'hosting']],
  },
  {
    rule: 'version/effective-too-early',
    why: 'the version starts before it was written',
    edits: [[['effective'], '2026-04-21']],
  },
  { rule: 'promise/duplicate-id', why: 'two promises share an id', edits: [[['promises', 1, 'id'], 'D1']] },
  {
    rule: 'promise/parameter-unknown',
    why: 'a sentence names no setting',
    edits: [[['promises', 0, 'text'], 'Kept for {retention.access-logs.keep}.']],
  },
  {
    rule: 'promise/typed-number',
    why: 'a period is typed in digits',
    edits: [[['promises', 0, 'text'], 'Logs are kept for 90 days.']],
  },
  { rule: 'promise/probe-unknown', why: 'a probe does not exist', edits: [[['promises', 0, 'probe'], 'toString']] },
  {
    rule: 'promise/probe-parameters',
    why: 'a probe gets parameters that it does not take',
    edits: [
      [['promises', 0, 'probe'], 'identity.password-hashes'],
      [['promises', 0, 'with'], { cost: 4 }],
    ],
  },
  {
    rule: 'account/providers-staff-only',
    charter: 'fluxent',
    why: 'organizations may bring what is for staff only',
    edits: [[['accounts', 'organizationProviders'], 'allowed']],
  },
  {
    rule: 'promise/with-without-probe',
    why: 'parameters have no probe',
    edits: [[['promises', 0, 'with'], { rule: 'billing' }]],
  },
  {
    rule: 'promise/retention-unbound',
    why: 'a probe asks about a period that does not exist',
    edits: [
      [['promises', 0, 'probe'], 'retention.ceiling'],
      [['promises', 0, 'with'], { rule: 'vault-item' }],
    ],
  },
];

describe('the cross checks of a charter', () => {
  it.each(violations)('$rule: $why', ({ rule, edits, charter = 'dataflow-xpert' }) => {
    const found = refusals(editedText(charter, edits));
    expect(found.map((finding) => finding.rule)).toContain(rule);
    expect(found.every(({ line, column, level }) => line > 0 && column > 0 && level === 'error')).toBe(true);
  });

  it('has a bad charter for every rule that exists', () => {
    const folder = new URL('.', import.meta.url);
    const sources = readdirSync(folder).filter((name) => name.endsWith('.rules.ts'));
    const written = sources.flatMap((name) => idsIn(readFileSync(new URL(name, folder), 'utf8')));
    expect([...new Set(violations.map(({ rule }) => rule))].sort()).toEqual([...new Set(written)].sort());
  });

  it('points to the very entry that is wrong', () => {
    const text = editedText('fluxent', [[['subProcessors', 3, 'location'], 'IE']]);
    const [finding] = refusals(text);
    const lines = text.split('\n');
    expect(lines[finding!.line - 1]!.slice(finding!.column - 1)).toBe('location: IE');
    expect(finding!.message).toContain('"payments"');
  });

  it.each(['ninety days', '3 business days', 'two years', '72 hours', '30-day'])('sees the period "%s"', (period) => {
    const text = editedText('dataflow-xpert', [[['promises', 0, 'text'], `It takes ${period}.`]]);
    expect(refusals(text).map(({ rule }) => rule)).toEqual(['promise/typed-number']);
  });

  it('finds nothing against the shipped charters', () => {
    for (const name of ['fluxcascade', 'dataflow-xpert', 'fluxent'] as const) {
      expect(() => refusals(shippedText(name))).toThrow('The charter was accepted.');
    }
  });
});

/** Rule ids as they stand in the sources: object members and the arguments of `duplicateIds`. */
function idsIn(source: string): string[] {
  return [...source.matchAll(/'([a-z-]+\/[a-z-]+)'/g)]
    .map((match) => match[1]!)
    .filter((id) => !id.startsWith('conflict/'));
}
