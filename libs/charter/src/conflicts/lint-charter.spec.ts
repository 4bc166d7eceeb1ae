import { describe, expect, it } from '@jest/globals';
import { edited, type Edit, type ShippedName } from '../shipped.fixture.js';
import { lintCharter } from './lint-charter.js';

interface Cure {
  readonly rule: string;
  readonly charter: ShippedName;
  /** Edits after which the charter no longer shows the conflict. */
  readonly cure: readonly Edit[];
}

/** Each conflict that a charter's data shows, and what takes it away: a finding that cannot vanish says nothing. */
const cures: readonly Cure[] = [
  {
    rule: 'conflict/C1',
    charter: 'fluxent',
    cure: [
      [['rights', 'regimes', 'gdpr', 'answer'], 'P28D'],
      [['rights', 'regimes', 'uk-gdpr', 'answer'], 'P28D'],
      [['rights', 'regimes', 'fadp', 'answer'], 'P28D'],
    ],
  },
  {
    rule: 'conflict/C2',
    charter: 'dataflow-xpert',
    cure: [
      [['rights', 'regimes', 'gdpr', 'answer'], 'P28D'],
      [['rights', 'regimes', 'uk-gdpr', 'answer'], 'P28D'],
    ],
  },
  { rule: 'conflict/C3', charter: 'fluxent', cure: [[['audit', 'appendOnly'], false]] },
  { rule: 'conflict/C4', charter: 'fluxcascade', cure: [[['erasure', 'includesBackups'], false]] },
  { rule: 'conflict/C5', charter: 'fluxcascade', cure: [[['modules', 'sync'], 'off']] },
  { rule: 'conflict/C6', charter: 'fluxcascade', cure: [[['purposes', 'provide-service', 'basis'], 'contract']] },
  { rule: 'conflict/C8', charter: 'dataflow-xpert', cure: [[['notices', 'policyChange', 'acceptance'], 'none']] },
  {
    rule: 'conflict/C9',
    charter: 'fluxcascade',
    cure: [
      [
        ['subProcessors', 2, 'ceiling'],
        ['email-address', 'communication'],
      ],
    ],
  },
  { rule: 'conflict/C10', charter: 'dataflow-xpert', cure: [[['encryption', 'secretsStore'], 'database']] },
  { rule: 'conflict/C12', charter: 'fluxent', cure: [[['rights', 'identity'], 'account']] },
  { rule: 'conflict/C14', charter: 'dataflow-xpert', cure: [[['breach', 'usersWithin'], 'by-law']] },
  { rule: 'conflict/C15', charter: 'fluxent', cure: [[['accounts', 'minimumAge'], 16]] },
  {
    rule: 'conflict/C16',
    charter: 'dataflow-xpert',
    cure: [
      [['controller', 'representative'], { state: 'appointed', name: 'A Representative', contact: 'eu@example.com' }],
    ],
  },
  { rule: 'conflict/C17', charter: 'fluxent', cure: [[['erasure', 'auditEntries'], 'keep']] },
  { rule: 'conflict/C18', charter: 'fluxent', cure: [[['controller', 'audience'], 'consumers']] },
  {
    rule: 'conflict/C19',
    charter: 'fluxcascade',
    cure: [
      [['transfers'], [{ id: 'any', from: ['EEA', 'UK', 'CH'], to: 'any', mechanism: 'scc' }]],
      [['rights', 'regimes', 'fadp'], { answer: 'P30D', basis: 'statute', rights: ['access'] }],
    ],
  },
  {
    rule: 'conflict/C20',
    charter: 'fluxcascade',
    cure: [
      [
        ['controller', 'postalAddress'],
        ['FluxCascade', '1 Example Road'],
      ],
    ],
  },
  { rule: 'conflict/C21', charter: 'fluxcascade', cure: [[['data', 'security-log', 'named'], true]] },
  { rule: 'conflict/C22', charter: 'fluxcascade', cure: [[['accounts', 'ageAttestation'], 'none']] },
  {
    rule: 'conflict/C23',
    charter: 'dataflow-xpert',
    cure: [
      [['tracking', 'location'], 'none'],
      [['readings'], []],
    ],
  },
  {
    rule: 'conflict/C24',
    charter: 'fluxent',
    cure: [
      [['retention', 'lead', 'then'], 'delete'],
      [['retention', 'lead', 'archive'], undefined],
      [['promises'], [{ id: 'X1', text: 'True.', enforcedBy: 'The record.', evidence: ['test'] }]],
      [['readings'], []],
    ],
  },
  { rule: 'conflict/C26', charter: 'fluxcascade', cure: [[['data', 'configuration', 'named'], true]] },
  { rule: 'conflict/C27', charter: 'fluxcascade', cure: [[['data', 'sync-position', 'named'], true]] },
];

describe('the linter', () => {
  it.each(cures)('reports $rule against $charter, and no more once it is cured', ({ rule, charter, cure }) => {
    expect(rulesOf(charter, [])).toContain(rule);
    expect(rulesOf(charter, cure)).not.toContain(rule);
  });

  it('reports what vendors cannot do as C25, one finding for each deviation', () => {
    const all = rulesOf('dataflow-xpert', [[['readings'], []]]).filter((rule) => rule === 'conflict/C25');
    const jiraCured = rulesOf('dataflow-xpert', [
      [['readings'], []],
      [['connectors', 'jira', 'deviations'], undefined],
    ]).filter((rule) => rule === 'conflict/C25');
    expect([all.length, jiraCured.length]).toEqual([5, 2]);
  });

  it('reports a transfer on consent, and the Data Privacy Framework with or without something to fall back on', () => {
    const messages = (transfer: Record<string, unknown>) =>
      lintCharter(edited('fluxcascade', [[['transfers'], [{ id: 'one', from: ['EEA'], to: 'any', ...transfer }]]]))
        .filter(({ rule }) => rule === 'conflict/C13')
        .map(({ message }) => message);
    expect(messages({ mechanism: 'consent' })).toEqual([expect.stringContaining('Art. 49')]);
    expect(messages({ mechanism: 'dpf' })).toEqual([expect.stringContaining('Nothing takes its place')]);
    expect(messages({ mechanism: 'dpf', fallback: 'scc' })).toEqual([expect.not.stringContaining('Nothing takes')]);
    expect(messages({ mechanism: 'scc' })).toEqual([]);
  });

  it('takes consent for no mechanism when people are served from outside', () => {
    const served = (mechanism: string) =>
      lintCharter(
        edited('fluxcascade', [[['transfers'], [{ id: 'one', from: ['EEA'], to: 'any', mechanism }]]]),
      ).filter(({ rule, message }) => rule === 'conflict/C19' && message.startsWith('People of EEA')).length;
    expect([served('consent'), served('scc')]).toEqual([1, 0]);
  });

  it('reports a provider without a name until it has one', () => {
    const rule = 'sub-processor/unnamed';
    const before = rulesOf('fluxent', []).filter((id) => id === rule).length;
    const after = rulesOf('fluxent', [[['subProcessors', 0, 'name'], 'A Host']]).filter((id) => id === rule).length;
    expect([before, after]).toEqual([5, 4]);
  });

  it('only warns: a charter with conflicts still loads', () => {
    const findings = lintCharter(edited('fluxent', []));
    expect(findings.length).toBeGreaterThan(10);
    expect(findings.every(({ level }) => level === 'warning')).toBe(true);
  });
});

function rulesOf(charter: ShippedName, edits: readonly Edit[]): string[] {
  return lintCharter(edited(charter, edits)).map(({ rule }) => rule);
}
