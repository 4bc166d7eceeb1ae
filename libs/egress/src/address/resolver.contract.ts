import { describe, expect, it } from '@jest/globals';
import { isIP } from 'node:net';
import type { Resolver } from './resolver.js';

/** What every {@link Resolver} does; `known` is a name that this one can resolve. */
export function resolverContract(name: string, resolver: Resolver, known: string): void {
  describe(`${name} as a resolver`, () => {
    it('gives at least one plain address for a known name', async () => {
      const addresses = await resolver(known);
      expect(addresses.length).toBeGreaterThan(0);
      expect(addresses.filter((address) => isIP(address) === 0 || address.includes('%'))).toEqual([]);
    });

    it('gives no address for an unknown name', async () => {
      await expect(
        resolver('nobody.invalid').then(
          (found) => found.length,
          () => 0,
        ),
      ).resolves.toBe(0);
    });
  });
}
