import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requestPasswordReset, requestSignInCode, requestSignInLink, signIn } from '@millrace/contracts';
import { MovableClock } from '@millrace/kernel';
import { type RunningService, startService } from '@millrace/service';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { everyService, signUpAndIn, Visitor } from './journey.js';

const clock = new MovableClock();
let region: TestRegion;
let second: RunningService;
let known: Visitor;

beforeAll(async () => {
  region = await startTestRegion({ definitions: everyService, clock });
  const { config, secrets } = region;
  second = await startService(
    everyService.find(({ name }) => name === 'gateway')!,
    { config, secrets, clock },
  );
  known = await signUpAndIn(new Visitor(region.service('gateway').httpUrl!), region);
}, 90_000);
afterAll(async () => {
  await second?.stop();
  await region?.stop();
});

/** Two gateways in turn, as a load balancer sends requests. */
const gateway = (turn: number) => new Visitor((turn % 2 ? second : region.service('gateway')).httpUrl!);

async function guess(email: string, turn: number, password = 'not the password at all') {
  const { status, body } = await gateway(turn).send(signIn, { email, password });
  const { code, detail, title } = body as { code?: string; detail?: string; title?: string };
  return { status, code, detail, title };
}

async function guesses(email: string): Promise<unknown[]> {
  const answers = [];
  for (let turn = 0; turn < 11; turn++) answers.push(await guess(email, turn));
  return answers;
}

describe('what may be tried against one account', () => {
  it('is counted over all gateways, and alike for an address that nobody has an account with', async () => {
    const ofKnown = await guesses(known.email);
    expect(ofKnown.map((answer) => (answer as { code: string }).code)).toEqual([
      ...Array.from({ length: 10 }, () => 'identity.wrong-credentials'),
      'identity.locked',
    ]);
    expect(await guesses('nobody@example.com')).toEqual(ofKnown);
  });

  it('is less each time: the second lock lasts twice as long, and the right password opens nothing meanwhile', async () => {
    clock.advance(15 * 60_000 + 1);
    for (let turn = 0; turn < 10; turn++) await guess(known.email, turn);
    clock.advance(16 * 60_000);
    expect((await guess(known.email, 0, known.password)).code).toBe('identity.locked');
    clock.advance(15 * 60_000);
    expect((await guess(known.email, 1, known.password)).status).toBe(200);
  });

  it.each([requestSignInCode, requestSignInLink, requestPasswordReset])(
    'is one mail at first, whichever gateway is asked: $name',
    async (operation) => {
      const waiting = async () => {
        const [row] = await region
          .service('identity')
          .database.region({ kind: 'service' }, (tx) =>
            tx.query<{ n: number }>('select count(*)::int as n from one_time_secret'),
          );
        return row!.n;
      };
      const before = await waiting();
      for (const email of [known.email, 'nobody@example.com'])
        for (let turn = 0; turn < 3; turn++) expect((await gateway(turn).send(operation, { email })).status).toBe(202);
      // One row of each address: what is kept of an unknown one looks the same.
      expect((await waiting()) - before).toBe(2);
    },
  );
});
