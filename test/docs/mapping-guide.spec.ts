import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { CellKind } from '@millrace/connector-sdk';
import { parse } from 'yaml';
import { TRANSFORM_RULES } from '../../apps/sync/src/engine/mapping/cell/mapping-rule.js';
import { faultsOf, field, mapped, streamOf } from '../../apps/sync/src/engine/mapping/mapping.fixture.js';

const GUIDE = readFileSync(path.resolve(import.meta.dirname, '../../docs/guide/mapping.md'), 'utf8');

/** Fields that are no text. */
const KINDS: Record<string, CellKind> = {
  age: 'int4',
  staff: 'int4',
  count: 'int8',
  amount: 'numeric',
  net: 'numeric',
  'net-price': 'numeric',
  seen: 'timestamptz',
  day: 'date',
  profile: 'jsonb',
};
const TEXTS =
  'email notes code city phone name country born ordered price card customer token address first last mobile';
const SCHEMA = streamOf([
  ...TEXTS.split(' ').map((name) => field(name, 'text')),
  ...Object.entries(KINDS).map(([name, kind]) => field(name, kind)),
]);

interface Example {
  readonly block: number;
  readonly mapping: Record<string, unknown>;
  readonly given?: unknown;
  readonly result?: unknown;
}

/** Each entry of each block, with what its comment says. */
const EXAMPLES = [...GUIDE.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].flatMap(([, text = ''], block) => {
  const entries = text.split(/^(?=- )/m).filter((entry) => entry !== '');
  return entries.map((entry): Example => {
    const [mapping] = parse(entry) as Record<string, unknown>[];
    const said = /^.* # (.*) → (.*)$/m.exec(entry);
    return { block, mapping: mapping!, ...(said ? { given: parse(said[1]!), result: parse(said[2]!) } : {}) };
  });
});

const text = (value: unknown) => (value === null || value === undefined ? null : String(value));

describe('the guide to mappings', () => {
  it('has blocks that are valid as they stand', () => {
    const blocks = Map.groupBy(EXAMPLES, ({ block }) => block);
    expect(blocks.size).toBeGreaterThan(8);
    for (const examples of blocks.values()) {
      expect(
        faultsOf(
          SCHEMA,
          examples.map(({ mapping }) => mapping),
        ),
      ).toEqual([]);
    }
  });

  it.each(EXAMPLES.filter(({ result }) => result !== undefined))('says what becomes of $given', (example) => {
    const { mapping, given, result } = example;
    const row = 'value' in mapping ? (given as Record<string, unknown>) : { [String(mapping['from'])]: given };
    const cells = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)]));
    const [made] = mapped(SCHEMA, [{ ...mapping, to: 'x' }], [cells]);
    if (result === 'rejected') expect(typeof made).toBe('string');
    else expect(made).toEqual({ x: text(result) });
  });

  it('names every rule', () => {
    for (const rule of Object.keys(TRANSFORM_RULES)) expect(GUIDE).toContain(`\`${rule}\``);
  });
});
