import { describe, expect, it } from '@jest/globals';
import type { CharterSet } from '@millrace/charter';
import { hashOpaqueToken } from '@millrace/crypto';
import { MovableClock, Secret } from '@millrace/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SessionCookies } from './session-cookies.js';

const NOW = new Date('2026-04-22T09:30:00.000Z');
const registered = { sessionid: { lives: 'session' }, csrftoken: { lives: 'session' } };

function cookiesOf(cookies: Record<string, { lives: string }>, secure = true): SessionCookies {
  const charter = { name: 'test', version: '1', document: { cookies } };
  const charters = { versions: [charter], at: () => charter } as unknown as CharterSet;
  return new SessionCookies({ charters, clock: new MovableClock(NOW), secure, key: new Secret(Buffer.alloc(32, 1)) });
}

function started(cookies: SessionCookies) {
  const set = new Map<string, { value: string; options: Record<string, unknown> }>();
  const reply = {
    setCookie: (name: string, value: string, options: Record<string, unknown>) => set.set(name, { value, options }),
  };
  cookies.start(reply as unknown as FastifyReply, { token: 'a token', expiresAt: '2026-04-29T09:30:00.000Z' });
  return set;
}

describe('the cookies of a session', () => {
  it.each(['sessionid', 'csrftoken'])('are not set at all in a region whose charter lacks %s', (name) => {
    const { [name as keyof typeof registered]: _gone, ...rest } = registered;
    expect(() => cookiesOf(rest as typeof registered)).toThrow(`does not register the cookies ${name}`);
  });

  it('end with the session, and only the token is hidden from scripts', () => {
    const set = started(cookiesOf(registered));
    const shared = { path: '/', sameSite: 'lax', secure: true, expires: new Date('2026-04-29T09:30:00.000Z') };
    expect(set.get('sessionid')).toEqual({ value: 'a token', options: { ...shared, httpOnly: true } });
    expect(set.get('csrftoken')!.options).toEqual({ ...shared, httpOnly: false });
  });

  it('end sooner where the charter says so', () => {
    const set = started(cookiesOf({ ...registered, sessionid: { lives: 'PT1H' } }));
    expect(set.get('sessionid')!.options['expires']).toEqual(new Date('2026-04-22T10:30:00.000Z'));
  });

  it('prove the own site with the value of the same session alone', () => {
    const cookies = cookiesOf(registered);
    const value = started(cookies).get('csrftoken')!.value;
    const proves = (header: unknown, token = 'a token') =>
      cookies.provesOwnSite(
        { headers: { 'x-csrf-token': header } } as unknown as FastifyRequest,
        hashOpaqueToken(token),
      );
    expect([
      proves(value),
      proves(value, 'another token'),
      proves(`${value}x`),
      proves(''),
      proves(undefined),
      proves([value]),
    ]).toEqual([true, false, false, false, false, false]);
    expect(value).not.toContain(hashOpaqueToken('a token'));
  });
});
