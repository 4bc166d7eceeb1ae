import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, readPreferences, resolveContacts, setPreferences } from '@millrace/contracts';
import { MovableClock } from '@millrace/kernel';
import type { TestRegion } from '@millrace/testing';
import { codeOf, People } from '../identity.fixture.js';

let people: People;
let call: TestRegion['gatewayCall'];
const clock = new MovableClock();
const NOTIFICATIONS: Caller = { kind: 'service', name: 'notifications' };

beforeAll(async () => {
  people = await People.start({ clock });
  call = people.region.gatewayCall;
}, 60_000);
afterAll(() => people?.region.stop());

describe('what somebody agrees to', () => {
  it('is nothing until they say so; each change is kept with its time and words', async () => {
    const { caller } = await people.join('ada@example.com');
    expect(await call(readPreferences, {}, caller)).toEqual({ marketing: false, analytics: true });
    expect(await codeOf(call(setPreferences, { marketing: true }, caller))).toBe('identity.wording-needed');
    expect(await call(setPreferences, { marketing: true, wording: '2026-04' }, caller)).toMatchObject({
      marketing: true,
    });
    clock.advance(60_000);
    await call(setPreferences, { marketing: false, analytics: false }, caller);
    expect(await call(readPreferences, {}, caller)).toEqual({ marketing: false, analytics: false });
    const kept = await people.sql<{ kind: string; agreed: boolean; wording: string | null; held: boolean }>(
      `select kind, agreed, wording, replaced_at is null as held from choice where user_id = $1 order by chosen_at, kind desc`,
      [caller.userId],
    );
    expect(kept).toEqual([
      { kind: 'marketing', agreed: true, wording: '2026-04', held: false },
      { kind: 'marketing', agreed: false, wording: null, held: true },
      { kind: 'analytics', agreed: false, wording: null, held: true },
    ]);
  });
});

describe('a region whose charter has no basis for news', () => {
  it('takes no consent to them, and lets people refuse them all the same', async () => {
    const elsewhere = await People.start({ charter: 'fluxcascade' });
    try {
      const { caller } = await elsewhere.join('ada@example.com');
      const set = (marketing: boolean) =>
        codeOf(elsewhere.region.gatewayCall(setPreferences, { marketing, wording: '2026-04' }, caller));
      expect([await set(true), await set(false)]).toEqual(['identity.not-offered', 'no problem']);
    } finally {
      await elsewhere.region.stop();
    }
  }, 60_000);
});

describe('a restriction', () => {
  it('keeps mail about the organization’s work from the person, not mail about their account', async () => {
    const { caller } = await people.join('bob@example.com');
    const { orgId, userId } = caller;
    const notifications = await people.region.clientOf('notifications');
    const owners = async () => (await notifications.call(resolveContacts, { orgId }, NOTIFICATIONS)).contacts.length;
    expect(await owners()).toBe(1);
    const { restrictedSince } = await call(setPreferences, { restricted: true }, caller);
    expect(restrictedSince).toBe(clock.now().toISOString());
    expect(await owners()).toBe(0);
    const own = await notifications.call(resolveContacts, { orgId, userId }, NOTIFICATIONS);
    expect(own.contacts).toHaveLength(1);
    clock.advance(1_000);
    expect((await call(setPreferences, { restricted: true }, caller)).restrictedSince).toBe(restrictedSince);
    expect(await call(setPreferences, { restricted: false }, caller)).not.toHaveProperty('restrictedSince');
    expect(await owners()).toBe(1);
  });
});
