import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { CharterPath } from '../finding.js';
import { CharterSource } from './charter-source.js';

type Tree = string | Tree[] | { [key: string]: Tree };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    fc.string({ maxLength: 30 }),
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('tree'), { minKeys: 1, maxKeys: 4 }),
  ),
}));

describe('the place of a part of a charter', () => {
  it('is where its key stands, whatever the shape of the file', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tree, { minKeys: 1 }),
        fc.boolean(),
        (root, flow) => {
          const text = stringify(root, flow ? { collectionStyle: 'flow' } : {});
          const source = new CharterSource(text, 'any.yaml');
          for (const path of pathsOf(root)) {
            const key = path.at(-1);
            if (typeof key !== 'string') continue;
            const { line, column } = source.position(path);
            expect(rawAt(text, line, column).startsWith(written(key))).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('differs for each place of a file', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tree, { minKeys: 1 }), (root) => {
        const source = new CharterSource(stringify(root), 'any.yaml');
        const named = pathsOf(root).filter((path) => typeof path.at(-1) === 'string');
        const places = named.map((path) => JSON.stringify(source.position(path)));
        expect(new Set(places).size).toBe(places.length);
      }),
      { numRuns: 200 },
    );
  });

  it('falls back to the nearest part that exists', () => {
    const source = new CharterSource('top:\n  inner:\n    - one\n    - two\n', 'any.yaml');
    expect(source.position(['top', 'inner', 1])).toEqual({ line: 4, column: 7 });
    expect(source.position(['top', 'inner', 9])).toEqual({ line: 2, column: 3 });
    expect(source.position(['top', 'absent', 'deeper'])).toEqual({ line: 1, column: 1 });
    expect(source.position([])).toEqual({ line: 1, column: 1 });
  });
});

describe('a text that is no charter', () => {
  const rulesOf = (text: string) =>
    new CharterSource(text, 'any.yaml').syntax.map(({ rule, line }) => ({ rule, line }));

  it('is refused where the YAML breaks', () => {
    expect(rulesOf('charter: one\nbroken: [1, 2\nnext: x\n')).toContainEqual({ rule: 'yaml/syntax', line: 3 });
  });

  it('is refused for a key that stands twice', () => {
    expect(rulesOf('a: 1\nb: 2\na: 3\n')).toEqual([{ rule: 'yaml/syntax', line: 3 }]);
  });

  it('is refused for an alias, since a reader would have to look it up', () => {
    expect(rulesOf('a: &period P90D\nb: *period\n')).toEqual([{ rule: 'yaml/alias', line: 2 }]);
  });

  it('is refused unread when it is far too large', () => {
    expect(rulesOf(`a: ${'x'.repeat(2_000_001)}`)).toEqual([{ rule: 'yaml/too-large', line: 1 }]);
  });

  it('may be empty and is then complained about by the schema, not by a crash', () => {
    const source = new CharterSource('', 'any.yaml');
    expect(source.syntax).toEqual([]);
    expect(source.position(['charter'])).toEqual({ line: 1, column: 1 });
  });
});

function pathsOf(value: Tree, base: CharterPath = []): CharterPath[] {
  if (typeof value === 'string') return [];
  const entries: [string | number, Tree][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, child]) => [[...base, key], ...pathsOf(child, [...base, key])]);
}

/** YAML quotes keys such as "null", "true" or "y". */
function written(key: string): string {
  return stringify({ [key]: 'x' }).split(':', 1)[0]!;
}

function rawAt(text: string, line: number, column: number): string {
  const found = text.split('\n')[line - 1] ?? '';
  return found.slice(column - 1).replace(/^\? ?/, '');
}
