import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { authClasses, type Charter, loadCharter } from '@millrace/charter';
import { authWays, charterNameOf, factsOf, providerNames } from '@millrace/contracts';
import { assertCatalogAllowed } from './catalog-rule.js';

const folder = path.resolve(import.meta.dirname, '../../../../deploy/charters');
const charter = (name: string): Charter => loadCharter(readFileSync(path.join(folder, `${name}.yaml`), 'utf8'), name);
const shipped = ['dataflow-xpert', 'fluxcascade', 'fluxent'].map(charter);

describe('the catalog of providers', () => {
  it('asks for nothing that a shipped charter does not list', () => {
    expect(() => assertCatalogAllowed(shipped)).not.toThrow();
  });

  it('keeps the vault from starting when it asks for more', () => {
    const slack = factsOf('slack');
    const greedy = { ...slack, oauth: { ...slack.oauth!, scopes: [...slack.oauth!.scopes, 'channels:history'] } };
    expect(() => assertCatalogAllowed(shipped, { slack: greedy })).toThrow(
      /asks slack for channels:history, which charter dataflow-xpert .* does not list/,
    );
  });

  it('judges a provider by the charter’s name for it', () => {
    const jira = factsOf('jira');
    const greedy = { ...jira, charter: 'jira', oauth: { ...jira.oauth!, scopes: ['write:jira-work'] } };
    expect(() => assertCatalogAllowed(shipped, { 'jira-elsewhere': greedy })).toThrow(/write:jira-work/);
  });

  it('lets a charter be silent about providers that it does not offer', () => {
    const slack = factsOf('slack');
    const greedy = { ...slack, oauth: { ...slack.oauth!, scopes: ['admin'] } };
    expect(() => assertCatalogAllowed([charter('fluxent')], { slack: greedy })).not.toThrow();
  });

  it('speaks the charter’s words', () => {
    expect([...authWays].sort()).toEqual([...authClasses].sort());
    const listed = new Set(shipped.flatMap(({ document }) => Object.keys(document.connectors)));
    const unknown = providerNames.filter((name) => !listed.has(charterNameOf(name)));
    expect(unknown).toEqual([]);
  });
});
