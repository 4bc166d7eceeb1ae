import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  acceptInvitation,
  addAuthenticator,
  type Caller,
  closeOrganization,
  confirmAuthenticator,
  createOrganization,
  createToken,
  eraseFrozen,
  eraseMe,
  freezeAccount,
  inviteMember,
  linkPaths,
  readProfile,
  setPreferences,
  signIn,
  unfreezeAccount,
} from '@millrace/contracts';
import { mailsIn } from '@millrace/embedded';
import { until } from '@millrace/kernel';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { URI } from 'otpauth';
import { everyService, signUpAndIn, Visitor } from './journey.js';

const OPERATOR: Caller = { kind: 'service', name: 'operator' };
let region: TestRegion;
let origin: string;

beforeAll(async () => {
  region = await startTestRegion({ definitions: everyService });
  origin = region.service('gateway').httpUrl!;
}, 90_000);
afterAll(() => region?.stop());

const newcomer = () => signUpAndIn(new Visitor(origin), region);
const signingIn = ({ email, password }: Visitor) =>
  new Visitor(origin).send(signIn, { email, password }).then(({ status, body }) => [status, codeIn(body)]);
const codeIn = (body: unknown) => (body as { code?: string }).code;
const rows = async (userId: string) =>
  region
    .service('identity')
    .database.region({ kind: 'service' }, (tx) => tx.query('select 1 from account where id = $1', [userId]));
const orgClosed = async (orgId: string) => {
  const found = await region
    .service('identity')
    .database.region({ kind: 'service' }, (tx) =>
      tx.query('select 1 from organization where id = $1 and closed_at is null', [orgId]),
    );
  return found.length === 0;
};

const contractOf = (orgId: string) =>
  region
    .service('identity')
    .database.region({ kind: 'service' }, (tx) =>
      tx.query('select accepted_by as by, ended_at is not null as ended from contract where org_id = $1', [orgId]),
    );

/** Brings a guest into the organization of a host, by mail. */
async function join(host: Visitor, guest: Visitor): Promise<void> {
  await host.call(inviteMember, { email: guest.email, role: 'editor' });
  const mail = await until('the invitation', 20_000, async () =>
    (await mailsIn(region.mails, guest.email)).find(({ text }) => text?.includes(linkPaths.invitation)),
  );
  const token = new URL(/https?:\S+/.exec(mail.text!)![0]).searchParams.get('token')!;
  await guest.call(acceptInvitation, { token });
}

const states: Record<string, (person: Visitor) => Promise<void>> = {
  'as it is': async () => undefined,
  'while it is locked': async ({ email }) => {
    for (let guess = 0; guess < 10; guess++) await new Visitor(origin).send(signIn, { email, password: 'wrong' });
    expect((await signingIn({ email, password: 'a quiet river of data' } as Visitor))[1]).toBe('identity.locked');
  },
  'while its use is restricted': async (person) => {
    await person.call(setPreferences, { restricted: true });
  },
  'with an authenticator': async (person) => {
    const { uri } = await person.call(addAuthenticator);
    await person.call(confirmAuthenticator, { code: URI.parse(uri).generate() });
  },
  'with an API token': async (person) => {
    await person.call(createToken, { name: 'program', scopes: ['runs.read'], expiresInDays: 1 });
  },
  'of a member of another’s organization too': async (person) => join(await newcomer(), person),
  'of somebody who owns several organizations': async (person) => {
    await person.call(createOrganization, { name: 'Another' });
  },
  'of somebody whose only organization has closed': async (person) => {
    await person.call(closeOrganization);
    await until(
      'the end of the session there',
      10_000,
      async () => (await person.send(readProfile, {})).status === 401,
    );
    await person.call(signIn, { email: person.email, password: person.password });
  },
};

describe('an account can be erased by its owner', () => {
  it.each(Object.entries(states))('%s', async (_state, bring) => {
    const person = await newcomer();
    const { userId, orgId } = person;
    await bring(person);
    const answer = await person.send(eraseMe, {});
    expect([answer.status, codeIn(answer.body)]).toEqual([202, undefined]);
    await until('the erasure', 30_000, async () => (await rows(userId)).length === 0);
    expect((await person.send(readProfile, {})).status).toBe(401);
    expect(await signingIn(person)).toEqual([401, 'identity.wrong-credentials']);
    await until('the end of the organization', 20_000, () => orgClosed(orgId));
    // What stays of it names nobody.
    expect(await contractOf(orgId)).toEqual([{ by: null, ended: true }]);
  });

  it('and nobody’s else goes with it: a colleague’s organization stays', async () => {
    const [host, guest] = [await newcomer(), await newcomer()];
    await join(host, guest);
    await guest.call(eraseMe, {});
    await until('the erasure', 30_000, async () => (await rows(guest.userId)).length === 0);
    expect(await orgClosed(host.orgId)).toBe(false);
    expect((await host.call(readProfile)).userId).toBe(host.userId);
  });
});

describe('an account that is reported to be a child’s', () => {
  const operator = () => region.clientOf('operator');

  it('is frozen: nobody signs in, sessions and tokens end, and a mistake is undone', async () => {
    const person = await newcomer();
    const { token } = await person.call(createToken, { name: 'program', scopes: ['runs.read'], expiresInDays: 1 });
    const { email } = person;
    const frozen = await (await operator()).call(freezeAccount, { email }, OPERATOR);
    expect(frozen).toMatchObject({ userId: person.userId, frozenAt: expect.any(String) });
    expect(await (await operator()).call(freezeAccount, { email }, OPERATOR)).toEqual(frozen);
    expect((await person.send(readProfile, {})).status).toBe(401);
    expect(await signingIn(person)).toEqual([403, 'identity.frozen']);
    const asProgram = await new Visitor(origin).raw('GET', '/api/v1/pipelines', {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(asProgram.status).toBe(401);
    // Somebody without the password learns nothing of it.
    expect(await signingIn({ email, password: 'wrong' } as Visitor)).toEqual([401, 'identity.wrong-credentials']);

    const free = await (await operator()).call(unfreezeAccount, { email }, OPERATOR);
    expect(free).toEqual({ userId: person.userId });
    expect((await signingIn(person))[0]).toBe(200);
  });

  it('is erased when the report was right, and no other account can be', async () => {
    const [child, other] = [await newcomer(), await newcomer()];
    const erase = async ({ userId }: Visitor) => (await operator()).call(eraseFrozen, { userId }, OPERATOR);
    await expect(erase(other)).rejects.toMatchObject({ code: 'identity.not-frozen' });
    await (await operator()).call(freezeAccount, { email: child.email }, OPERATOR);
    await erase(child);
    await until('the erasure', 30_000, async () => (await rows(child.userId)).length === 0);
    expect(await signingIn(child)).toEqual([401, 'identity.wrong-credentials']);
    expect(await rows(other.userId)).toHaveLength(1);
    await expect(
      (await operator()).call(freezeAccount, { email: 'nobody@example.com' }, OPERATOR),
    ).rejects.toMatchObject({ code: 'kernel.not-found' });
  });
});
