import { describe, expect, it } from '@jest/globals';
import { escapeHtml } from '@millrace/charter';
import { startPromiseRegion } from './promise-region.js';

/** Promises that a healthy region of each shipped charter keeps, before anybody has synced anything. */
const expected = [
  { charter: 'dataflow-xpert', kept: 45 },
  { charter: 'fluxcascade', kept: 38 },
  { charter: 'fluxent', kept: 34 },
] as const;

describe('a healthy region', () => {
  it.each(expected)(
    'under the charter of $charter breaks no promise and proves at least $kept',
    async ({ charter, kept }) => {
      const healthy = await startPromiseRegion(charter);
      try {
        const { promises, counts } = await healthy.verify();
        expect(promises.filter((one) => one.state === 'broken').map(({ id, reason }) => `${id}: ${reason}`)).toEqual(
          [],
        );
        process.stdout.write(`${charter}: ${JSON.stringify(counts)}\n`);
        expect(counts.kept).toBeGreaterThanOrEqual(kept);
        expect(promises.filter((one) => !one.probe && one.state !== 'unproven')).toEqual([]);
        const page = await (await fetch(new URL('/promises', healthy.region.service('gateway').httpUrl))).text();
        expect(page).toContain(`Kept: ${counts.kept}</h2>`);
        for (const { id, text } of promises)
          expect(page).toContain(`<a href="#${id}">${id}</a> ${escapeHtml(text)}</dt>`);
        expect(page).not.toContain('Broken: ');
      } finally {
        await healthy.stop();
      }
    },
    120_000,
  );
});
