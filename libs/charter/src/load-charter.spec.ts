import { describe, expect, it } from '@jest/globals';
import { formatFinding } from './finding.js';
import { loadCharter } from './load-charter.js';
import { editedText, refusals, shippedText, type Edit } from './shipped.fixture.js';

const base = 'dataflow-xpert';

/** What the schema refuses, each with the line's text, so that a reader finds it. */
const violations: readonly { name: string; rule: string; edits: readonly Edit[]; line: RegExp }[] = [
  {
    name: 'an unknown setting',
    rule: 'schema/unknown-key',
    edits: [[['accounts', 'shoeSize'], 44]],
    line: /shoeSize: 44/,
  },
  {
    name: 'an unknown retention key',
    rule: 'schema/unknown-key',
    edits: [[['retention', 'records'], { keep: 'P1D', from: 'event', then: 'delete', basis: 'contract' }]],
    line: /records:/,
  },
  {
    name: 'no privacy contact',
    rule: 'schema/missing',
    edits: [[['controller', 'contacts', 'privacy'], undefined]],
    line: /contacts:/,
  },
  {
    name: 'a module that is not decided',
    rule: 'schema/missing',
    edits: [[['modules', 'leads'], undefined]],
    line: /^modules:/,
  },
  {
    name: 'a text where a map belongs',
    rule: 'schema/invalid-type',
    edits: [[['sessions'], 'long']],
    line: /^sessions:/,
  },
  {
    name: 'a duration that is none',
    rule: 'schema/invalid-value',
    edits: [[['backups', 'keep'], '90 days']],
    line: /90 days/,
  },
  { name: 'an empty duration', rule: 'schema/invalid-value', edits: [[['backups', 'keep'], 'P']], line: /keep: P/ },
  {
    name: 'a date that does not exist',
    rule: 'schema/invalid-value',
    edits: [[['version'], '2026-02-30']],
    line: /^version:/,
  },
  {
    name: 'an unknown time zone',
    rule: 'schema/invalid-value',
    edits: [[['controller', 'zone'], 'Mars/Olympus']],
    line: /zone:/,
  },
  {
    name: 'a weak hash',
    rule: 'schema/invalid-value',
    edits: [[['accounts', 'password', 'cost'], 8]],
    line: /cost: 8/,
  },
  {
    name: 'an entry that stands twice',
    rule: 'schema/invalid-value',
    edits: [[['scope'], ['demo', 'demo']]],
    line: /^scope:/,
  },
  {
    name: 'a sub-processor that may train',
    rule: 'schema/invalid-value',
    edits: [[['subProcessors', 0, 'aiTraining'], true]],
    line: /aiTraining: true/,
  },
  {
    name: 'a route for a forbidden purpose',
    rule: 'schema/invalid-value',
    edits: [[['egress', 'purposes', 0], 'sale']],
    line: /purposes:|sale/,
  },
  {
    name: 'a forbidden purpose that is not named',
    rule: 'schema/invalid-value',
    edits: [[['egress', 'forbidden'], ['sale']]],
    line: /forbidden:/,
  },
];

describe('loading a charter', () => {
  it.each(violations)('refuses $name and says where', ({ rule, edits, line }) => {
    const text = editedText(base, edits);
    const found = refusals(text, 'bad.yaml');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ file: 'bad.yaml', rule, level: 'error' });
    expect(text.split('\n')[found[0]!.line - 1]).toMatch(line);
  });

  it('reports everything that is wrong at once, in the order of the file', () => {
    const found = refusals(
      editedText(
        base,
        violations.slice(0, 5).flatMap(({ edits }) => edits),
      ),
    );
    expect(found).toHaveLength(5);
    expect(found.map(({ line }) => line)).toEqual(found.map(({ line }) => line).sort((a, b) => a - b));
  });

  it('reports the cross checks at once too', () => {
    const rules = refusals(
      editedText(base, [
        [['retention', 'session'], undefined],
        [['backups', 'keep'], 'P60D'],
        [['promises', 0, 'probe'], 'no.such-probe'],
      ]),
    ).map(({ rule }) => rule);
    expect(rules.sort()).toEqual(['erasure/backups-outlive', 'promise/probe-unknown', 'retention/unbound']);
  });

  it('names file, line, column and rule in the message', () => {
    const text = editedText(base, [[['backups', 'keep'], 'soon']]);
    const [finding] = refusals(text, 'deploy/charters/bad.yaml');
    expect(formatFinding(finding!)).toMatch(
      /^deploy\/charters\/bad\.yaml:\d+:\d+ schema\/invalid-value: "backups\.keep"/,
    );
    expect(() => loadCharter(text, 'deploy/charters/bad.yaml')).toThrow('The charter is refused for 1 reason:');
  });

  it('never repeats a value that it refuses', () => {
    const marker = 'marker-7f3a';
    const edits: Edit[] = [
      [['backups', 'keep'], marker],
      [['controller', 'contacts', 'privacy'], marker],
      [['accounts', 'fields', 0], marker],
      [['controller', 'postalAddress'], marker],
    ];
    const messages = refusals(editedText(base, edits)).map(({ message }) => message);
    expect(messages).toHaveLength(4);
    expect(messages.join()).not.toContain(marker);
  });

  it('refuses an empty file and a list by the schema', () => {
    expect(refusals('').map(({ rule }) => rule)).toEqual(['schema/invalid-type']);
    expect(refusals('- a\n').map(({ rule }) => rule)).toEqual(['schema/invalid-type']);
  });

  it('refuses broken YAML before it looks for settings', () => {
    expect(refusals(`${shippedText(base)}\n  broken`).map(({ rule }) => rule)).toContain('yaml/syntax');
  });
});
