import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, deepFreeze, digestOf } from './canonical.js';

describe('canonical JSON', () => {
  it('sorts keys by code units, at every depth, and leaves out what is undefined', () => {
    const value = { b: [{ z: 1, a: 'é' }], a: undefined, B: true, 'ä"': null };
    expect(canonicalJson(value)).toBe('{"B":true,"b":[{"a":"é","z":1}],"ä\\"":null}');
  });

  it('does not depend on the order in which a map was written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(digestOf(turned)).toBe(digestOf(value));
      }),
      { numRuns: 300 },
    );
  });
});

it('freezing reaches everything inside', () => {
  const value = deepFreeze({ list: [{ deep: { text: 'a' } }] });
  expect(Object.isFrozen(value.list[0]!.deep)).toBe(true);
});
