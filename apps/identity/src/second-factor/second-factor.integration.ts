import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  addAuthenticator,
  type Caller,
  changePassword,
  confirmAuthenticator,
  confirmIdentity,
  confirmSignInLink,
  readSecondFactor,
  removeAuthenticator,
  renewRecoveryCodes,
  requestSignInLink,
  securityAlerted,
  signIn,
  confirmPassword,
} from '@millrace/contracts';
import { MovableClock } from '@millrace/kernel';
import type { TestRegion } from '@millrace/testing';
import { URI } from 'otpauth';
import { codeOf, People, type Person, PUBLIC } from '../identity.fixture.js';

let people: People;
let call: TestRegion['gatewayCall'];
const clock = new MovableClock();

beforeAll(async () => {
  people = await People.start({ clock });
  call = people.region.gatewayCall;
}, 60_000);
afterAll(() => people?.region.stop());

/** What the person's phone shows now. */
const COMPLIANCE: Caller = { kind: 'service', name: 'compliance' };
const shownBy = (uri: string) => URI.parse(uri).generate({ timestamp: clock.now().getTime() });
const nextStep = () => clock.advance(30_000);

async function protectedPerson(email: string) {
  const person = await people.join(email);
  const { uri, recoveryCodes } = await people.addAuthenticator(person.caller);
  nextStep();
  return { ...person, uri, recoveryCodes };
}

const signingIn = ({ email, password }: Person, secondFactor?: string) =>
  codeOf(
    call(
      signIn,
      { email, password, device: 'a test', ...(secondFactor === undefined ? {} : { secondFactor }) },
      PUBLIC,
    ),
  );

describe('an authenticator', () => {
  it('counts once a code of it was confirmed', async () => {
    const ada = await people.join('ada@example.com');
    const { uri } = await call(addAuthenticator, {}, ada.caller);
    expect(await signingIn(ada)).toBe('no problem');
    const wrong = shownBy(uri) === '000000' ? '000001' : '000000';
    expect(await codeOf(call(confirmAuthenticator, { code: wrong }, ada.caller))).toBe('identity.wrong-second-factor');
    expect(await call(readSecondFactor, {}, ada.caller)).toEqual({ authenticator: false, recoveryCodesLeft: 0 });
    await call(confirmAuthenticator, { code: shownBy(uri) }, ada.caller);
    expect(await call(readSecondFactor, {}, ada.caller)).toEqual({ authenticator: true, recoveryCodesLeft: 10 });
    expect(await signingIn(ada)).toBe('identity.second-factor-needed');
    expect(await codeOf(call(addAuthenticator, {}, ada.caller))).toBe('identity.has-authenticator');
  });

  it('is asked for whatever the first proof is, and each code works once', async () => {
    const bob = await protectedPerson('bob@example.com');
    const code = shownBy(bob.uri);
    expect(await signingIn(bob, code)).toBe('no problem');
    expect(await signingIn(bob, code)).toBe('identity.wrong-second-factor');
    await call(requestSignInLink, { email: bob.email }, PUBLIC);
    const token = await people.mailed(bob.email);
    expect(await codeOf(call(confirmSignInLink, { token }, PUBLIC))).toBe('identity.second-factor-needed');
    nextStep();
    const { userId } = await call(confirmSignInLink, { token, secondFactor: shownBy(bob.uri) }, PUBLIC);
    expect(userId).toBe(bob.caller.userId);
  });

  it('is asked for when the password is changed and when an account is erased, which a password alone starts nowhere', async () => {
    const kim = await protectedPerson('kim-changes@example.com');
    const { userId } = kim.caller;
    const change = { present: kim.password, password: 'seven unlikely herons' };
    expect(await codeOf(call(changePassword, change, kim.caller))).toBe('identity.second-factor-needed');
    expect(await codeOf(call(changePassword, { ...change, secondFactor: '000000' }, kim.caller))).toBe(
      'identity.wrong-second-factor',
    );
    const compliance = await people.region.clientOf('compliance');
    const asked = (input: object) =>
      codeOf(compliance.call(confirmPassword, { userId, password: kim.password, ...input }, COMPLIANCE));
    expect(await asked({})).toBe('identity.second-factor-needed');
    expect(await asked({ secondFactor: shownBy(kim.uri) })).toBe('no problem');
    nextStep();
    const changed = await call(changePassword, { ...change, secondFactor: shownBy(kim.uri) }, kim.caller);
    expect(await people.callerOf(changed.session.token)).toBeDefined();
  });

  it('cannot be used twice by two who are equally fast', async () => {
    const carol = await protectedPerson('carol@example.com');
    const code = shownBy(carol.uri);
    const outcomes = await Promise.all([1, 2, 3].map(() => signingIn(carol, code)));
    expect(outcomes.filter((one) => one === 'no problem')).toHaveLength(1);
  });

  it('is guessed no more often than a password', async () => {
    const dan = await protectedPerson('dan@example.com');
    const right = shownBy(dan.uri);
    const wrong = right === '123456' ? '123457' : '123456';
    const { attempts } = people.region.service('identity').runtime.charter.document.lockout;
    for (let guess = 0; guess < attempts; guess++)
      expect(await signingIn(dan, wrong)).toBe('identity.wrong-second-factor');
    expect(await signingIn(dan, right)).toBe('identity.locked');
  });

  it('is nowhere in the database', async () => {
    const eve = await protectedPerson('eve@example.com');
    const { base32, hex } = URI.parse(eve.uri).secret;
    for (const table of ['authenticator', 'recovery_code', 'account', 'emitted']) {
      const text = JSON.stringify(await people.sql(`select t::text as text from ${table} t`)).toLowerCase();
      for (const secret of [base32, hex, ...eve.recoveryCodes, ...eve.recoveryCodes.map((one) => one.replace('-', ''))])
        expect(text).not.toContain(secret.toLowerCase());
    }
  });

  it('goes when it is removed, and its owner is told of all of it', async () => {
    const fay = await protectedPerson('fay@example.com');
    await call(removeAuthenticator, {}, fay.caller);
    expect(await signingIn(fay)).toBe('no problem');
    const told = (await people.emitted(securityAlerted)).filter((one) => one.userId === fay.caller.userId);
    expect(told.map((one) => one.alert)).toEqual(['authenticator-added', 'authenticator-removed']);
    expect(await people.sql('select 1 from recovery_code where user_id = $1', [fay.caller.userId])).toEqual([]);
  });
});

describe('a recovery code', () => {
  it('stands in once, however it is typed, and its owner is told', async () => {
    const gus = await protectedPerson('gus@example.com');
    expect(gus.recoveryCodes).toHaveLength(10);
    const typed = ` ${gus.recoveryCodes[0]!.replace('-', ' ').toUpperCase()}`;
    expect(await signingIn(gus, typed)).toBe('no problem');
    expect(await signingIn(gus, gus.recoveryCodes[0]!)).toBe('identity.wrong-second-factor');
    expect((await call(readSecondFactor, {}, gus.caller)).recoveryCodesLeft).toBe(9);
    expect((await people.emitted(securityAlerted)).at(-1)).toMatchObject({ alert: 'recovery-code-used' });
  });

  it('of an older set, or of somebody else, is void', async () => {
    const [hal, ivy] = [await protectedPerson('hal@example.com'), await protectedPerson('ivy@example.com')];
    const { recoveryCodes } = await call(renewRecoveryCodes, {}, hal.caller);
    expect(await signingIn(hal, hal.recoveryCodes[0]!)).toBe('identity.wrong-second-factor');
    expect(await signingIn(hal, ivy.recoveryCodes[0]!)).toBe('identity.wrong-second-factor');
    expect(await signingIn(hal, recoveryCodes[0]!)).toBe('no problem');
  });
});

describe('showing once more who one is', () => {
  it('takes a code where there is an authenticator, and the password alone is not enough there', async () => {
    const joe = await protectedPerson('joe@example.com');
    const { password, caller, uri } = joe;
    expect(await codeOf(call(confirmIdentity, { password }, caller))).toBe('identity.second-factor-needed');
    expect(await codeOf(call(confirmIdentity, { password: 'wrong', secondFactor: shownBy(uri) }, caller))).toBe(
      'identity.password-needed',
    );
    expect(await codeOf(call(confirmIdentity, { secondFactor: shownBy(uri) }, caller))).toBe('no problem');
    const plain = await people.join('kim@example.com');
    expect(await codeOf(call(confirmIdentity, {}, plain.caller))).toBe('identity.password-needed');
    expect(await codeOf(call(confirmIdentity, { secondFactor: '123456' }, plain.caller))).toBe(
      'identity.password-needed',
    );
  });
});
