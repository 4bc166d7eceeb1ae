import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  changePassword,
  confirmEmailChange,
  confirmIdentity,
  confirmPasswordReset,
  confirmSignInCode,
  confirmSignInLink,
  confirmSignUp,
  freezeAccount,
  listSessions,
  readProfile,
  requestEmailChange,
  requestPasswordReset,
  requestSignInCode,
  requestSignInLink,
  revokeOtherSessions,
  revokeSession,
  securityAlerted,
  signIn,
  signUp,
} from '@millrace/contracts';
import { MovableClock } from '@millrace/kernel';
import type { TestRegion } from '@millrace/testing';
import { codeOf, People, PUBLIC } from '../identity.fixture.js';

const MINUTE = 60_000;
const NEW_PASSWORD = 'seven unlikely herons';

let people: People;
let call: TestRegion['gatewayCall'];
const clock = new MovableClock();

beforeAll(async () => {
  people = await People.start({ clock });
  call = people.region.gatewayCall;
}, 60_000);
afterAll(() => people?.region.stop());

const alerts = async (userId: string) =>
  (await people.emitted(securityAlerted)).filter((one) => one.userId === userId).map((one) => one.alert);

describe('an address', () => {
  it('is confirmed by whoever reads its mail and knows the password, and by nobody else', async () => {
    const email = 'first@example.com';
    await call(signUp, { email, password: 'a password of a stranger', ofAge: true }, PUBLIC);
    const token = await people.mailed(email);
    expect(await codeOf(call(signIn, { email, password: 'a password of a stranger' }, PUBLIC))).toBe(
      'identity.wrong-credentials',
    );
    for (let attempt = 0; attempt < 5; attempt++)
      expect(await codeOf(call(confirmSignUp, { token, password: 'what its owner guesses' }, PUBLIC))).toBe(
        'identity.wrong-credentials',
      );
    expect(await codeOf(call(confirmSignUp, { token, password: 'a password of a stranger' }, PUBLIC))).toBe(
      'identity.not-valid',
    );
    expect(await people.sql('select 1 from account where email = $1', [email])).toEqual([]);
  });

  it('may be asked for twice; whichever is confirmed first becomes the account', async () => {
    const email = 'twice@example.com';
    await call(signUp, { email, password: 'the first long password', ofAge: true }, PUBLIC);
    clock.advance(MINUTE);
    await call(signUp, { email, password: 'the second long password', ofAge: true }, PUBLIC);
    const mails = (await people.mails()).filter((mail) => mail.email === email);
    expect(mails).toHaveLength(2);
    const passwords = ['the first long password', 'the second long password'];
    const outcomes = await Promise.all(
      mails.flatMap(({ token }) =>
        passwords.map((password) => codeOf(call(confirmSignUp, { token, password }, PUBLIC))),
      ),
    );
    expect(outcomes.filter((one) => one === 'no problem')).toHaveLength(1);
    expect(await people.sql('select 1 from account where email = $1', [email])).toHaveLength(1);
  });

  it('is not filled with mail by somebody who types it again and again', async () => {
    const email = 'pestered@example.com';
    for (let attempt = 0; attempt < 5; attempt++)
      await call(signUp, { email, password: 'a long enough password', ofAge: true }, PUBLIC);
    expect((await people.mails()).filter((mail) => mail.email === email)).toHaveLength(1);
  });

  it('changes once the new one is confirmed; the old one is told', async () => {
    const ada = await people.join('ada@example.com');
    await call(requestEmailChange, { email: 'ada@new.example' }, ada.caller);
    expect((await call(readProfile, {}, ada.caller)).email).toBe('ada@example.com');
    expect(await alerts(ada.caller.userId)).toContain('email-change-requested');
    const token = await people.mailed('ada@new.example');
    await call(confirmEmailChange, { token }, PUBLIC);
    expect((await call(readProfile, {}, ada.caller)).email).toBe('ada@new.example');
    expect(await codeOf(call(confirmEmailChange, { token }, PUBLIC))).toBe('identity.not-valid');
    expect((await call(signIn, { email: 'ADA@new.example', password: ada.password }, PUBLIC)).userId).toBe(
      ada.caller.userId,
    );
  });

  it('of somebody else cannot be taken, and the refusal does not tell that it is somebody’s', async () => {
    const [bob, eve] = [await people.join('bob@example.com'), await people.join('eve@example.com')];
    await call(requestEmailChange, { email: bob.email }, eve.caller);
    const token = await people.mailed(bob.email);
    expect(await codeOf(call(confirmEmailChange, { token }, PUBLIC))).toBe('identity.not-valid');
    expect((await call(readProfile, {}, eve.caller)).email).toBe(eve.email);
  });
});

describe('a mailed code', () => {
  it('starts a session in the browser that asked, once', async () => {
    const grace = await people.join('grace@example.com');
    const asked = await call(requestSignInCode, { email: grace.email }, PUBLIC);
    const code = await people.mailed(grace.email);
    expect(code).toMatch(/^\d{6}$/);
    const other = await call(requestSignInCode, { email: 'nobody@example.com' }, PUBLIC);
    expect(await codeOf(call(confirmSignInCode, { challenge: other.challenge, code }, PUBLIC))).toBe(
      'identity.not-valid',
    );
    const typed = `${code.slice(0, 3)} ${code.slice(3)}`;
    const { userId } = await call(confirmSignInCode, { challenge: asked.challenge, code: typed }, PUBLIC);
    expect(userId).toBe(grace.caller.userId);
    expect(await codeOf(call(confirmSignInCode, { challenge: asked.challenge, code }, PUBLIC))).toBe(
      'identity.not-valid',
    );
  });

  it('is void after five guesses, however many come at once', async () => {
    const { email } = await people.join('guessed@example.com');
    const { challenge } = await call(requestSignInCode, { email }, PUBLIC);
    const code = await people.mailed(email);
    const wrong = code === '000000' ? '000001' : '000000';
    await Promise.all(
      Array.from({ length: 8 }, () => codeOf(call(confirmSignInCode, { challenge, code: wrong }, PUBLIC))),
    );
    expect(await codeOf(call(confirmSignInCode, { challenge, code }, PUBLIC))).toBe('identity.not-valid');
  });

  it('lives as long as the charter says', async () => {
    const { email } = await people.join('late@example.com');
    const { challenge, expiresAt } = await call(requestSignInCode, { email }, PUBLIC);
    expect(new Date(expiresAt).getTime() - clock.now().getTime()).toBe(10 * MINUTE);
    const code = await people.mailed(email);
    clock.advance(10 * MINUTE);
    expect(await codeOf(call(confirmSignInCode, { challenge, code }, PUBLIC))).toBe('identity.not-valid');
  });
});

describe('a mailed link', () => {
  it('starts a session once, and works for its purpose only', async () => {
    const { email, caller } = await people.join('linked@example.com');
    await call(requestSignInLink, { email }, PUBLIC);
    const token = await people.mailed(email);
    expect(await codeOf(call(confirmPasswordReset, { token, password: NEW_PASSWORD }, PUBLIC))).toBe(
      'identity.not-valid',
    );
    expect((await call(confirmSignInLink, { token }, PUBLIC)).userId).toBe(caller.userId);
    expect(await codeOf(call(confirmSignInLink, { token }, PUBLIC))).toBe('identity.not-valid');
  });

  it('can be used by one of two who are equally fast', async () => {
    const { email } = await people.join('raced@example.com');
    await call(requestSignInLink, { email }, PUBLIC);
    const token = await people.mailed(email);
    const outcomes = await Promise.all([1, 2, 3].map(() => codeOf(call(confirmSignInLink, { token }, PUBLIC))));
    expect(outcomes.sort()).toEqual(['identity.not-valid', 'identity.not-valid', 'no problem']);
  });

  it('sets a new password, ends every session and unlocks', async () => {
    const { email, token: session, caller } = await people.join('forgot@example.com');
    for (let attempt = 0; attempt < 10; attempt++)
      await codeOf(call(signIn, { email, password: 'not my password' }, PUBLIC));
    await call(requestPasswordReset, { email }, PUBLIC);
    const token = await people.mailed(email);
    expect(await codeOf(call(confirmPasswordReset, { token, password: 'short' }, PUBLIC))).toBe(
      'identity.weak-password',
    );
    await call(confirmPasswordReset, { token, password: NEW_PASSWORD }, PUBLIC);
    expect(await people.callerOf(session)).toBeUndefined();
    expect(await alerts(caller.userId)).toContain('password-changed');
    expect((await call(signIn, { email, password: NEW_PASSWORD }, PUBLIC)).userId).toBe(caller.userId);
  });

  it('is asked for alike by those who have an account and those who have not, and comes to the former only', async () => {
    const { email } = await people.join('known@example.com');
    const before = (await people.mails()).length;
    const started = clock.now();
    clock.advance(1);
    for (const address of [email, 'unknown@example.com'])
      expect(await call(requestSignInLink, { email: address }, PUBLIC)).toEqual({ status: 'accepted' });
    expect((await people.mails()).length).toBe(before + 1);
    const written = await people.sql<{ n: number }>(
      `select count(*)::int as n from one_time_secret where purpose = 'sign-in-link' and created_at > $1`,
      [started],
    );
    expect(written).toEqual([{ n: 2 }]);
  });

  it('does not come to an account that is frozen, and the answer does not tell', async () => {
    const { email } = await people.join('frozen@example.com');
    const operator = await people.region.clientOf('operator');
    await operator.call(freezeAccount, { email }, { kind: 'service', name: 'operator' });
    for (const ask of [requestSignInLink, requestPasswordReset, requestSignInCode])
      expect(await call(ask, { email }, PUBLIC)).toMatchObject({ status: 'accepted' });
    expect((await people.mails()).filter((mail) => mail.email === email)).toEqual([]);
  });
});

describe('secrets at rest', () => {
  it('are hashes: no token and no code is in any row of identity', async () => {
    const { email, token: session } = await people.join('hunted@example.com');
    await call(requestSignInLink, { email }, PUBLIC);
    const link = await people.mailed(email);
    const tables = await people.sql<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    expect(tables.length).toBeGreaterThan(5);
    for (const { name } of tables) {
      const rows = await people.sql<{ text: string }>(`select t::text as text from "${name}" t`);
      for (const { text } of rows)
        for (const secret of [session, link, Buffer.from(link).toString('hex')]) expect(text).not.toContain(secret);
    }
  });
});

describe('sessions', () => {
  it('are listed with their devices and can be ended one by one or all', async () => {
    const { email, password, caller, token } = await people.join('many@example.com', undefined, 'Firefox on Linux');
    const other = await call(signIn, { email, password, device: 'Safari on macOS' }, PUBLIC);
    const third = await call(signIn, { email, password, device: 'Safari on macOS' }, PUBLIC);
    const { sessions } = await call(listSessions, {}, caller);
    expect(sessions.map(({ device, current }) => [device, current])).toEqual(
      expect.arrayContaining([
        ['Firefox on Linux', true],
        ['Safari on macOS', false],
      ]),
    );
    expect(await alerts(caller.userId)).toEqual(['new-device']);
    const { sessionId } = (await people.callerOf(other.session.token))!;
    await call(revokeSession, { sessionId }, caller);
    expect(await people.callerOf(other.session.token)).toBeUndefined();
    expect(await call(revokeOtherSessions, {}, caller)).toEqual({ ended: 1 });
    expect(await people.callerOf(third.session.token)).toBeUndefined();
    expect(await people.callerOf(token)).toBeDefined();
  });

  it('of somebody else are out of reach', async () => {
    const [mine, theirs] = [await people.join('mine@example.com'), await people.join('theirs@example.com')];
    const { sessionId } = theirs.caller;
    expect(await codeOf(call(revokeSession, { sessionId }, mine.caller))).toBe('kernel.not-found');
    expect(await people.callerOf(theirs.token)).toBeDefined();
  });

  it('get a new id when the person shows who they are; the old one ends the session when it is shown again', async () => {
    const { password, token, caller } = await people.join('rotated@example.com');
    const { session } = await call(confirmIdentity, { password }, caller);
    expect(session.token).not.toBe(token);
    expect(await people.callerOf(session.token)).toMatchObject({ sessionId: caller.sessionId });
    clock.advance(5_000);
    // Requests of the same page may still be under way.
    expect(await people.callerOf(token)).toMatchObject({ sessionId: caller.sessionId });
    clock.advance(6_000);
    expect(await people.callerOf(token)).toBeUndefined();
    expect(await people.callerOf(session.token)).toBeUndefined();
    expect(await alerts(caller.userId)).toContain('session-replayed');
  });

  it('but this one end when the password changes', async () => {
    const { email, password, caller } = await people.join('changed@example.com');
    const other = await call(signIn, { email, password }, PUBLIC);
    expect(await codeOf(call(changePassword, { present: 'wrong', password: NEW_PASSWORD }, caller))).toBe(
      'identity.password-needed',
    );
    expect(await codeOf(call(changePassword, { present: password, password: 'changed@example' }, caller))).toBe(
      'identity.weak-password',
    );
    const { session } = await call(changePassword, { present: password, password: NEW_PASSWORD }, caller);
    expect(await people.callerOf(session.token)).toBeDefined();
    expect(await people.callerOf(other.session.token)).toBeUndefined();
    expect(await codeOf(call(signIn, { email, password }, PUBLIC))).toBe('identity.wrong-credentials');
  });

  it('do what cannot be taken back only soon after the person showed who they are', async () => {
    const { password, caller } = await people.join('careful@example.com');
    const late = { ...caller, confirmedAt: new Date(clock.now().getTime() - 10 * MINUTE - 1).toISOString() };
    const change = (as: typeof caller) => codeOf(call(requestEmailChange, { email: 'careful@new.example' }, as));
    expect(await change(late)).toBe('kernel.confirm-first');
    const { session } = await call(confirmIdentity, { password }, late);
    expect(await change((await people.callerOf(session.token))!)).toBe('no problem');
  });
});
