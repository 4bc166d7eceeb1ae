import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { HeldKey } from './context-operations.js';

const held = (version: string) => HeldKey.safeParse({ version, inUse: true, neededBy: 0 }).success;

describe('a version of a key', () => {
  it('is named by any thumbprint, whatever it begins with', () => {
    const thumbprints = Array.from({ length: 1_000 }, (_, i) =>
      createHash('sha256').update(String(i)).digest('base64url'),
    );
    for (const first of ['-', '_']) expect(thumbprints.some((one) => one.startsWith(first))).toBe(true);
    expect(thumbprints.filter((one) => !held(one))).toEqual([]);
  });

  it('is named by a number, and by nothing that is no name', () => {
    expect(held('12')).toBe(true);
    for (const none of ['', 'a b', '../1', 'x'.repeat(65)]) expect([none, held(none)]).toEqual([none, false]);
  });
});
