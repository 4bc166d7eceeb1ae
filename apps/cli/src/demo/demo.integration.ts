import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { removeCluster } from '@millrace/embedded';
import { scratchDirectory } from '@millrace/testing';
import { type Answer, millrace } from '../command-line.fixture.js';
import { RegionDirectory } from '../region/region-directory.js';
import { Customer } from './customer.js';
import type { Claim } from './held.js';

const scratch = scratchDirectory();
const directoryOf = (charter: string) => new RegionDirectory(path.join(scratch.path, `demo of ${charter}`));
const charters = ['dataflow-xpert', 'fluxcascade', 'fluxent'];

afterAll(() => {
  for (const directory of charters.map(directoryOf)) {
    removeCluster(directory.postgres);
    removeCluster(directory.customerPostgres);
  }
  scratch[Symbol.dispose]();
});

const demo = (charter: string): Promise<Answer> =>
  millrace(['demo', '--exit', '--json', '--charter', charter, '--directory', directoryOf(charter).path]);

interface Told {
  readonly held: boolean;
  readonly claims: readonly Claim[];
}

const failed = (answer: Answer) =>
  answer
    .json<Told>()
    .claims.filter(({ held }) => !held)
    .map(({ claim }) => claim);

describe('the demo', () => {
  it.each(charters)(
    'holds under %s',
    async (charter) => {
      const answer = await demo(charter);
      expect(answer.stderr).toBe('');
      expect(failed(answer)).toEqual([]);
      expect(answer.code).toBe(0);
    },
    120_000,
  );

  it('works on what an earlier one left behind', async () => {
    const answer = await demo('dataflow-xpert');
    expect(answer.code).toBe(0);
    expect(answer.json<Told>().claims.map(({ claim }) => claim)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('is back and has signed in'),
        'shop-to-warehouse is unchanged, version 1',
      ]),
    );
  }, 120_000);

  it('fails when something that it shows does not hold', async () => {
    const customer = await Customer.start(directoryOf('dataflow-xpert'));
    await customer.query(
      'warehouse',
      `insert into people (person_id, email_hash, city) values (0, 'not a hash', 'Nowhere')`,
    );
    await customer.stop();
    const answer = await demo('dataflow-xpert');
    expect(answer.code).toBe(1);
    expect(failed(answer)).toEqual([
      expect.stringMatching(/^people: 100,001 rows/),
      expect.stringContaining('no address among the people'),
    ]);
  }, 120_000);
});
