import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requestPasswordReset, requestSignInLink, signIn, signUp } from '@millrace/contracts';
import { stopwatch } from '@millrace/kernel';
import type { TestRegion } from '@millrace/testing';
import { codeOf, People, PUBLIC } from '../identity.fixture.js';

let region: TestRegion;
const known = 'known@example.com';

beforeAll(async () => {
  const people = await People.start();
  region = people.region;
  await people.join(known);
}, 60_000);
afterAll(() => region?.stop());

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const password = 'not the password at all';

/** What a stranger may try, with an address that has an account and with addresses that have none. */
const attempts: readonly (readonly [string, number, (email: string) => Promise<unknown>])[] = [
  ['a mailed link', 40, (email) => region.gatewayCall(requestSignInLink, { email }, PUBLIC)],
  ['a password reset', 40, (email) => region.gatewayCall(requestPasswordReset, { email }, PUBLIC)],
  ['signing in', 8, (email) => codeOf(region.gatewayCall(signIn, { email, password }, PUBLIC))],
  ['signing up', 8, (email) => region.gatewayCall(signUp, { email, password, ofAge: true }, PUBLIC)],
];

describe('the time of an answer', () => {
  it.each(attempts)('to %s does not tell whether the address is known', async (_what, rounds, attempt) => {
    const times = { known: [] as number[], unknown: [] as number[] };
    const timed = async (email: string) => {
      const elapsed = stopwatch();
      await attempt(email);
      return elapsed();
    };
    await timed('warm@example.com');
    for (let round = 0; round < rounds; round++) {
      // In turn, so that whatever else the machine does hits both alike.
      times.unknown.push(await timed(`nobody${round}-${_what.length}@example.com`));
      times.known.push(await timed(known));
    }
    const ratio = median(times.known) / median(times.unknown);
    // A missing hash would be a factor of fifty, a missing transaction one of two.
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.67);
  });
});
