import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Slab } from '../batch/slab.js';
import { cellText } from '../cell/cell-text.js';
import { jsonCell, type JsonCellKind } from './json-cell.js';
import { documentRange, elementsOf, findPath, pathNames, scalarText } from './path.js';
import { checkDocument, NotJson } from './scan.js';

function accepts(text: string): boolean {
  const bytes = Buffer.from(text);
  try {
    checkDocument(bytes, 0, bytes.length);
    return true;
  } catch (error) {
    if (error instanceof NotJson) return false;
    throw error;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function cellOf(kind: JsonCellKind, json: string): string {
  const bytes = Buffer.from(json);
  const out = new Slab(16);
  const rule = jsonCell(kind)(bytes, 0, bytes.length, out);
  return rule ?? cellText(kind, out.bytes, 4, out.end - 4);
}

describe('the JSON scanner', () => {
  it('accepts every document that JSON.stringify writes, with white space or without', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, space) => {
        expect(accepts(` ${JSON.stringify(value, null, space)}\n`)).toBe(true);
      }),
    );
  });

  it('judges every text as JSON.parse does, cut off anywhere or with a byte exchanged', () => {
    const character = fc.constantFrom(...'{}[]",:\\0159-+.eE truefalsn\n\u0001é');
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), character, fc.boolean(), (value, at, other, cut) => {
        const text = JSON.stringify(value);
        const place = at % (text.length + 1);
        const changed = cut ? text.slice(0, place) : text.slice(0, place) + other + text.slice(place + 1);
        expect([changed, accepts(changed)]).toEqual([changed, parses(changed)]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '',
    '01',
    '1.',
    '.5',
    '-',
    '1e',
    '"\\x"',
    '"\\u12g4"',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    'nul',
    '1 2',
    '[',
    '\u00a01',
  ])('refuses %j', (text) => expect(accepts(text)).toBe(false));

  it('refuses nesting that would exhaust the stack', () => {
    expect(accepts('['.repeat(200) + ']'.repeat(200))).toBe(true);
    expect(accepts('['.repeat(100_000) + ']'.repeat(100_000))).toBe(false);
  });
});

describe('a path', () => {
  const bytes = Buffer.from(' {"data": {"items": [1, {"x": "y"}], "n\\u0065xt": "t\\"k", "none": null}, "data2": 3} ');
  const at = (path: string) => findPath(bytes, documentRange(bytes), pathNames(path));

  it('leads to the value, also when its name is written with escapes', () => {
    expect(scalarText(bytes, at('$.data.next'))).toBe('t"k');
    expect(scalarText(bytes, at('data2'))).toBe('3');
    expect(elementsOf(bytes, at('$.data.items')!)).toHaveLength(2);
  });

  it('leads nowhere where there is nothing', () => {
    for (const path of ['$.absent', '$.data2.deeper', '$.data.items.0']) expect(at(path)).toBeUndefined();
    expect(scalarText(bytes, at('$.data.none'))).toBeUndefined();
    expect(elementsOf(bytes, at('$.data')!)).toBeUndefined();
  });
});

describe('a JSON value as a cell', () => {
  it.each<[JsonCellKind, string, string]>([
    ['int8', '9223372036854775807', '9223372036854775807'],
    ['int8', '"9223372036854775807"', '9223372036854775807'],
    ['numeric', '0.10000000000000000000000001', '0.10000000000000000000000001'],
    ['numeric', '1e3', '1000'],
    ['text', '12345678901234567890', '12345678901234567890'],
    ['text', '"a\\u00e9\\ud835\\udd18"', 'aé𝔘'],
    ['json', '{"n":1.10}', '{"n":1.10}'],
    ['boolean', 'true', 'true'],
    ['timestamptz', '"2026-01-01T02:00:00+02:00"', '2026-01-01 00:00:00+00'],
    ['bytes', '"AP8="', '\\x00ff'],
    ['int4', '1.5', 'not-a-number'],
    ['int4', '3000000000', 'out-of-range'],
    ['text', '"half \\ud835"', 'not-json'],
    ['timestamptz', '"2026-01-01T02:00:00"', 'no-time-zone'],
    ['bytes', '"%"', 'out-of-range'],
  ])('of kind %s, %s is %s', (kind, json, expected) => expect(cellOf(kind, json)).toBe(expected));
});
