import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Caller,
  changeMemberRole,
  createToken,
  inviteMember,
  listMembers,
  listTokens,
  readProfile,
  removeMember,
  resolveToken,
  revokeToken,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { MovableClock } from '@millrace/kernel';
import type { TestRegion } from '@millrace/testing';
import { codeOf, People, type User } from '../identity.fixture.js';

let people: People;
let call: TestRegion['gatewayCall'];
const clock = new MovableClock();

beforeAll(async () => {
  people = await People.start({ clock });
  call = people.region.gatewayCall;
}, 60_000);
afterAll(() => people?.region.stop());

async function callerOf(token: string): Promise<User | undefined> {
  const gateway: Caller = { kind: 'service', name: 'gateway' };
  const answer = await call(resolveToken, { tokenHash: hashOpaqueToken(token) }, gateway);
  return answer.token && { kind: 'user', ...answer.token };
}

describe('an API token', () => {
  it('acts for its maker within its scopes, and on nothing of the account', async () => {
    const { caller: ada } = await people.join('ada@example.com');
    const { token, tokenId } = await call(
      createToken,
      { name: 'ci', scopes: ['members.read'], expiresInDays: 30 },
      ada,
    );
    expect(token).toMatch(/^mlr_[A-Za-z0-9_-]{43}$/);
    const program = (await callerOf(token))!;
    expect(program).toMatchObject({ userId: ada.userId, orgId: ada.orgId, sessionId: tokenId });
    expect((await call(listMembers, {}, program)).members).toHaveLength(1);
    expect(await codeOf(call(inviteMember, { email: 'x@example.com', role: 'viewer' }, program))).toBe(
      'kernel.forbidden',
    );
    expect(await codeOf(call(readProfile, {}, program))).toBe('kernel.forbidden');
    const [used] = (await call(listTokens, {}, ada)).tokens;
    expect(used).toMatchObject({ tokenId, name: 'ci', lastUsedAt: clock.now().toISOString() });
    expect(used).not.toHaveProperty('token');
  });

  it('cannot make another one, nor anything that asks for a recent proof', async () => {
    const { caller } = await people.join('maker@example.com');
    const made = await call(createToken, { name: 'all', scopes: ['tokens.manage'], expiresInDays: 1 }, caller);
    const program = (await callerOf(made.token))!;
    expect(
      await codeOf(call(createToken, { name: 'next', scopes: ['tokens.manage'], expiresInDays: 1 }, program)),
    ).toBe('kernel.confirm-first');
  });

  it('is good for no more than its maker, now and later', async () => {
    const { caller: owner } = await people.join('owner@example.com');
    const { caller: editor } = await people.member(owner, 'editor@example.com', 'editor');
    expect(
      await codeOf(
        call(createToken, { name: 'more', scopes: ['members.read', 'ledger.read'], expiresInDays: 1 }, editor),
      ),
    ).toBe('identity.scope-out-of-reach');
    const { token } = await call(createToken, { name: 'mine', scopes: ['runs.start'], expiresInDays: 1 }, editor);
    expect(await callerOf(token)).toMatchObject({ roles: ['editor'], scopes: ['runs.start'] });
    await call(changeMemberRole, { userId: editor.userId, role: 'viewer' }, owner);
    expect(await callerOf(token)).toMatchObject({ roles: ['viewer'], scopes: ['runs.start'] });
    await call(removeMember, { userId: editor.userId }, owner);
    expect(await callerOf(token)).toBeUndefined();
    expect(await people.sql('select 1 from api_token where user_id = $1', [editor.userId])).toEqual([]);
  });

  it('ends when it is revoked, by its maker or by who manages members, and when its time is over', async () => {
    const { caller: owner } = await people.join('owner2@example.com');
    const { caller: one } = await people.member(owner, 'one2@example.com', 'editor');
    const { caller: other } = await people.member(owner, 'other2@example.com', 'editor');
    const made = (as: User) => call(createToken, { name: 't', scopes: ['runs.read'], expiresInDays: 2 }, as);
    const [mine, theirs] = [await made(one), await made(one)];
    expect(await codeOf(call(revokeToken, { tokenId: mine.tokenId }, other))).toBe('kernel.not-found');
    expect((await call(listTokens, {}, other)).tokens).toEqual([]);
    expect((await call(listTokens, {}, owner)).tokens).toHaveLength(2);
    await call(revokeToken, { tokenId: mine.tokenId }, one);
    await call(revokeToken, { tokenId: theirs.tokenId }, owner);
    expect([await callerOf(mine.token), await callerOf(theirs.token)]).toEqual([undefined, undefined]);
    const late = await made(one);
    clock.advance(2 * 86_400_000);
    expect(await callerOf(late.token)).toBeUndefined();
  });

  it('is stored as a hash', async () => {
    const { caller } = await people.join('hashed@example.com');
    const { token } = await call(createToken, { name: 'h', scopes: ['runs.read'], expiresInDays: 1 }, caller);
    const rows = JSON.stringify(await people.sql('select t::text from api_token t'));
    expect(rows).toContain(hashOpaqueToken(token));
    expect(rows).not.toContain(token.slice(4));
  });
});
