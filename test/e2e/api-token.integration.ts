import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definition as compliance } from '@millrace/compliance';
import { createToken, inviteMember, listMembers, readProfile, revokeToken, signIn } from '@millrace/contracts';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { until } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { signUpAndIn, Visitor } from './journey.js';

let region: TestRegion;
let owner: Visitor;
/** A program: no cookies, no page, only the header. */
let program: Visitor;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [compliance, identity, notifications, gateway] });
  const origin = region.service('gateway').httpUrl!;
  [owner, program] = [new Visitor(origin), new Visitor(origin)];
  await signUpAndIn(owner, region);
}, 60_000);
afterAll(() => region?.stop());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const make = (...scopes: string[]) => owner.call(createToken, { name: 'program', scopes, expiresInDays: 1 });

describe('a program with an API token', () => {
  it('does what the scopes say, without cookies and without a CSRF header', async () => {
    const { token } = await make('members.read', 'members.manage');
    const members = await program.send(listMembers, {}, bearer(token));
    expect(members).toMatchObject({ status: 200, body: { members: [{ userId: owner.userId }] } });
    expect(members.headers.getSetCookie()).toEqual([]);
    const invited = await program.send(inviteMember, { email: 'x@example.com', role: 'viewer' }, bearer(token));
    expect(invited.status).toBe(201);
    expect((await program.send(readProfile, {}, bearer(token))).status).toBe(403);
  });

  it('is named in the ledger', async () => {
    const { token, tokenId } = await make('members.manage');
    await program.send(inviteMember, { email: 'y@example.com', role: 'viewer' }, bearer(token));
    const database = region.service('compliance').database;
    await until('the entry', 20_000, async () => {
      const rows = await database.region({ kind: 'service' }, (tx) =>
        tx.query<{ leaf: string }>('select convert_from(leaf, $1) as leaf from ledger_leaf', ['UTF8']),
      );
      return rows.some(({ leaf }) => leaf.includes('member.invited') && leaf.includes(tokenId));
    });
  });

  it.each(['Bearer mlr_unknown', 'Bearer x', 'Basic dXNlcjpwYXNz', 'Bearer', ''])(
    'is nobody with %j, even beside a session that stands, and even for visitors’ operations',
    async (authorization) => {
      expect((await owner.send(listMembers, {}, { authorization })).status).toBe(401);
      const { email, password } = owner;
      expect((await program.send(signIn, { email, password }, { authorization })).status).toBe(401);
    },
  );

  it('is nobody from the moment of the revocation', async () => {
    const { token, tokenId } = await make('members.read');
    expect((await program.send(listMembers, {}, bearer(token))).status).toBe(200);
    await owner.call(revokeToken, { tokenId });
    expect((await program.send(listMembers, {}, bearer(token))).status).toBe(401);
  });
});
