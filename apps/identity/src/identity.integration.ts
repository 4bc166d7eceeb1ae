import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Caller,
  confirmSignUp,
  readProfile,
  resolveSession,
  signIn,
  signOut,
  signUp,
  updateProfile,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { addDuration, newId, type Problem } from '@millrace/kernel';
import { RetentionSweeper } from '@millrace/service';
import type { TestRegion } from '@millrace/testing';
import { codeOf, People, PUBLIC } from './identity.fixture.js';
import { definition } from './index.js';

const ada = {
  email: 'ada@example.com',
  password: 'correct horse battery',
  name: 'Ada',
  jobTitle: 'Engineer',
  ofAge: true,
};

let people: People;
let region: TestRegion;
let call: TestRegion['gatewayCall'];

beforeAll(async () => {
  people = await People.start();
  region = people.region;
  call = region.gatewayCall;
}, 60_000);
afterAll(() => region?.stop());

async function signedIn(): Promise<{ caller: Caller; tokenHash: string }> {
  const { session } = await call(signIn, { email: ada.email, password: ada.password }, PUBLIC);
  const tokenHash = hashOpaqueToken(session.token);
  const resolved = await call(resolveSession, { tokenHash }, { kind: 'service', name: 'gateway' });
  return { caller: { kind: 'user', ...resolved.session! }, tokenHash };
}

describe('identity', () => {
  it('creates an account that can sign in, read and correct itself, and sign out', async () => {
    expect(await call(signUp, ada, PUBLIC)).toEqual({ status: 'accepted' });
    await call(confirmSignUp, { token: await people.mailed(ada.email), password: ada.password }, PUBLIC);
    const { caller, tokenHash } = await signedIn();
    expect(await call(readProfile, {}, caller)).toMatchObject({ email: ada.email, name: 'Ada', roles: ['owner'] });
    expect(await call(updateProfile, { jobTitle: null, name: 'Ada L.' }, caller)).not.toHaveProperty('jobTitle');
    await call(signOut, {}, caller);
    expect(await call(resolveSession, { tokenHash }, { kind: 'service', name: 'gateway' })).toEqual({});
  });

  it('answers a known address as it answers a new one, and makes no second account', async () => {
    expect(
      await call(signUp, { ...ada, email: 'ADA@example.com '.trim(), password: 'another long secret' }, PUBLIC),
    ).toEqual({ status: 'accepted' });
    expect(await codeOf(call(signIn, { email: ada.email, password: 'another long secret' }, PUBLIC))).toBe(
      'identity.wrong-credentials',
    );
    const [row] = await region
      .service('identity')
      .database.region({ kind: 'service' }, (tx) => tx.query<{ n: number }>('select count(*)::int as n from account'));
    expect(row).toEqual({ n: 1 });
  });

  it.each([
    ['a weak password', { password: 'short' }, 'identity.weak-password'],
    ['a sequence as password', { password: 'abcdefghijklmnop' }, 'identity.weak-password'],
    ['a missing tick', { ofAge: false }, 'identity.under-age'],
    ['a field that the charter does not ask for', { phone: '+1 555 0100' }, 'identity.field-not-asked'],
    ['a malformed address', { email: 'not-an-address' }, 'kernel.invalid-input'],
    ['an unknown key', { isAdmin: true }, 'kernel.invalid-input'],
  ])('refuses %s', async (_what, change, expected) => {
    expect(await codeOf(call(signUp, { ...ada, email: 'new@example.com', ...change } as never, PUBLIC))).toBe(expected);
  });

  it('locks an account after the charter’s number of wrong passwords and says for how long', async () => {
    await signedIn();
    const { attempts } = region.service('identity').runtime.charter.document.lockout;
    for (let i = 0; i < attempts; i++) {
      expect(await codeOf(call(signIn, { email: ada.email, password: 'wrong password' }, PUBLIC))).toBe(
        'identity.wrong-credentials',
      );
    }
    const refusal = await call(signIn, { email: ada.email, password: ada.password }, PUBLIC).catch(
      (error: unknown) => error as Problem,
    );
    expect((refusal as Problem).code).toBe('identity.locked');
    expect((refusal as Problem).details.retryAfterSeconds).toBeGreaterThan(0);
  });

  it('counts wrong passwords that arrive at the same time one by one', async () => {
    const eve = { ...ada, email: 'eve@example.com' };
    await call(signUp, eve, PUBLIC);
    await call(confirmSignUp, { token: await people.mailed(eve.email), password: eve.password }, PUBLIC);
    const { attempts } = region.service('identity').runtime.charter.document.lockout;
    const guess = () => codeOf(call(signIn, { email: eve.email, password: 'wrong password' }, PUBLIC));
    await Promise.all(Array.from({ length: attempts }, guess));
    expect(await codeOf(call(signIn, { email: eve.email, password: eve.password }, PUBLIC))).toBe('identity.locked');
  });

  it('sweeps the rows whose period is over and leaves the others', async () => {
    const { database, runtime } = region.service('identity');
    const { keep } = runtime.charter.retention('session');
    const [due, young] = [addDuration(runtime.clock.now(), keep, -1), runtime.clock.now()];
    const insert = (id: string, expiresAt: Date) =>
      database.region({ kind: 'service' }, (tx) =>
        tx.query(
          'insert into session (id, user_id, org_id, token_hash, created_at, confirmed_at, last_seen_at, expires_at) values ($1, $1, $1, $2, $3, $3, $3, $3)',
          [id, randomBytes(32), expiresAt],
        ),
      );
    const [overdue, kept] = [newId(), newId()];
    await insert(overdue, due);
    await insert(kept, young);
    await new RetentionSweeper(runtime, database, definition.tables).sweep();
    const left = await database.region({ kind: 'service' }, (tx) =>
      tx.query('select id from session where id = any($1::uuid[])', [[overdue, kept]]),
    );
    expect(left).toEqual([{ id: kept }]);
  });

  it('shows the app role no row without a scope', async () => {
    const { database } = region.service('identity');
    for (const table of ['account', 'organization', 'membership', 'session']) {
      expect(await database.scoped({}, { kind: 'public' }, (tx) => tx.query(`select * from ${table}`))).toEqual([]);
    }
  });

  it('refuses a caller that nobody signed for and a service that speaks for a user', async () => {
    const { client } = region.service('identity').runtime;
    expect(
      await codeOf(
        client.call(
          readProfile,
          {},
          {
            kind: 'user',
            userId: '0192f000-0000-7000-8000-000000000001',
            orgId: '0192f000-0000-7000-8000-000000000002',
            roles: ['owner'],
            sessionId: '0192f000-0000-7000-8000-000000000003',
          },
        ),
      ),
    ).toContain('Permissions Violation');
    expect(await codeOf(call(readProfile, {}, PUBLIC))).toBe('kernel.not-signed-in');
  });
});
