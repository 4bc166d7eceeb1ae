import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerAppeal, appealLockout, type Caller, listAppeals, securityAlerted, signIn } from '@millrace/contracts';
import { MovableClock, newId } from '@millrace/kernel';
import { codeOf, People, type Person, PUBLIC } from '../identity.fixture.js';

const OPERATOR: Caller = { kind: 'service', name: 'operator' };
const SUPPORT: Caller = {
  kind: 'staff',
  staffId: newId(),
  sessionId: newId(),
  roles: ['support'],
  confirmedAt: '2026-01-01T00:00:00.000Z',
};
const MINUTE = 60_000;
const clock = new MovableClock();
let people: People;
const call: People['region']['gatewayCall'] = (...given) => people.region.gatewayCall(...given);

beforeAll(async () => {
  people = await People.start({ clock });
}, 60_000);
afterAll(() => people?.region.stop());

const signingIn = ({ email, password }: Person) => codeOf(call(signIn, { email, password, device: 'x' }, PUBLIC));
const appeal = (email: string, reason = 'I forgot which password I use here') =>
  call(appealLockout, { email, reason }, PUBLIC);
const listed = async () => (await call(listAppeals, {}, SUPPORT)).appeals;
async function lockedOut(email: string): Promise<Person> {
  const person = await people.join(email);
  const { attempts } = people.region.service('identity').runtime.charter.document.lockout;
  for (let guess = 0; guess < attempts; guess++)
    await codeOf(call(signIn, { email, password: 'wrong', device: 'x' }, PUBLIC));
  expect(await signingIn(person)).toBe('identity.locked');
  return person;
}

describe('an appeal against a lockout', () => {
  it('reaches a human, who lifts it; the person is told and signs in', async () => {
    const ada = await lockedOut('ada@example.com');
    expect(await appeal(ada.email)).toEqual({ status: 'accepted' });
    const [one] = await listed();
    expect(one).toMatchObject({ reason: 'I forgot which password I use here', lockedUntil: expect.any(String) });
    await call(answerAppeal, { appealId: one!.appealId, decision: 'lift' }, SUPPORT);
    expect(await signingIn(ada)).toBe('no problem');
    const told = (await people.emitted(securityAlerted)).filter((two) => two.userId === ada.caller.userId);
    expect(told.map(({ alert }) => alert)).toEqual(expect.arrayContaining(['locked-out', 'lockout-lifted']));
    expect(await codeOf(call(answerAppeal, { appealId: one!.appealId, decision: 'lift' }, SUPPORT))).toBe(
      'kernel.not-found',
    );
  });

  it('may be left to end by itself, which it does', async () => {
    const bob = await lockedOut('bob@example.com');
    await appeal(bob.email);
    const [one] = await listed();
    const operator = await people.region.clientOf('operator');
    await operator.call(answerAppeal, { appealId: one!.appealId, decision: 'leave' }, OPERATOR);
    expect(await signingIn(bob)).toBe('identity.locked');
    expect(await listed()).toEqual([]);
    clock.advance(16 * MINUTE);
    expect(await signingIn(bob)).toBe('no problem');
  });

  it('is answered alike for every address, and shown for accounts that are locked alone', async () => {
    const eve = await people.join('eve@example.com');
    const answers = [await appeal(eve.email), await appeal('nobody@example.com'), await appeal('nobody@example.com')];
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(await listed()).toEqual([]);
    const dan = await lockedOut('dan@example.com');
    await appeal(dan.email, 'first');
    await appeal(dan.email, 'second');
    expect((await listed()).map(({ reason }) => reason)).toEqual(['second']);
    clock.advance(16 * MINUTE);
    expect(await listed()).toEqual([]);
  });

  it('is for the staff to see', async () => {
    const fay = await people.join('fay@example.com');
    expect(await codeOf(call(listAppeals, {}, fay.caller))).toBe('kernel.forbidden');
    expect(await codeOf(call(listAppeals, {}, PUBLIC))).toBe('kernel.not-signed-in');
  });
});
