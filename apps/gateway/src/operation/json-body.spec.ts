import { describe, expect, it } from '@jest/globals';
import type { Problem } from '@millrace/kernel';
import fc from 'fast-check';
import { parseJson } from './json-body.js';

const codeOf = (text: string) => {
  try {
    parseJson(text);
    return 'no problem';
  } catch (error) {
    return (error as Problem).code;
  }
};
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('a body', () => {
  it('that is JSON is read as it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), (text) => {
        fc.pre(!text.includes('__proto__'));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('that is nothing is no body', () => {
    expect([parseJson(''), parseJson(' \n')]).toEqual([undefined, undefined]);
  });

  it.each([
    ['as deep as allowed', nested(64), 'no problem'],
    ['one level deeper', nested(65), 'kernel.invalid-input'],
    ['with brackets inside a text', JSON.stringify(`\\"${'['.repeat(100)}`), 'no problem'],
    ['deep after a text that ends in a backslash', `["\\\\", ${nested(64)}]`, 'kernel.invalid-input'],
    ['broken', '{"a": }', 'kernel.malformed-json'],
    ['with a key that replaces prototypes', '{"a": {"__proto__": 1}}', 'kernel.invalid-input'],
    ['with that key in other signs', '{"__pro\\u0074o__": 1}', 'kernel.invalid-input'],
  ])('%s', (_what, text, code) => {
    expect(codeOf(text)).toBe(code);
  });
});
