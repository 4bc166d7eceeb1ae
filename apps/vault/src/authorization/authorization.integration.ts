import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  beginAuthorization,
  beginReauthorization,
  createConnection,
  listConnections,
  revokeConnection,
} from '@millrace/contracts';
import { MovableClock, newId } from '@millrace/kernel';
import { GrantRegion } from '../grant/grant.fixture.js';
import { code, lease, newUser, type User } from '../vault.fixture.js';

const clock = new MovableClock(new Date());
let region: GrantRegion;
let user: User;

beforeAll(async () => {
  region = await GrantRegion.start({ clock });
}, 60_000);
afterAll(() => region?.[Symbol.asyncDispose]());
beforeEach(() => {
  region.provider.disturb(undefined);
  // Entries of the ledger are told apart by their instants.
  clock.advance(1);
  user = newUser();
});

const connectionsOf = async (whose: User) =>
  (await region.vault.region.gatewayCall(listConnections, {}, whose)).connections;
const lastRefusal = async () => (await region.refusals()).at(-1);
const changed = (answer: URL, name: string, value: string) => {
  const url = new URL(answer);
  url.searchParams.set(name, value);
  return url;
};

describe('an authorization', () => {
  it('sends people to the provider with exact scopes, a secret state and a PKCE challenge', async () => {
    const { url } = await region.begin(user);
    const { origin, searchParams } = new URL(url);
    expect(origin).toBe(region.provider.issuer);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'millrace',
      redirect_uri: 'https://region.example/connections/callback/jira',
      scope: 'read:jira-work read:jira-user offline_access',
      code_challenge_method: 'S256',
      audience: 'api.atlassian.com',
    });
    expect(searchParams.get('state')).toHaveLength(43);
    expect(searchParams.get('code_challenge')).toHaveLength(43);
  });

  it('makes a connection of the account that the provider names, and workers get its access token alone', async () => {
    const { connection } = await region.connected(user);
    expect(connection).toMatchObject({
      provider: 'jira',
      auth: 'oauth2-pkce',
      account: 'acme.atlassian.net',
      config: { site: 'acme.atlassian.net', cloudId: 'cloud-1' },
      health: 'working',
    });
    const leased = await lease(region.vault, user.orgId, connection.connectionId, undefined, { clock });
    expect(Object.keys(leased).sort()).toEqual(['fieldKey', 'token']);
    expect(await region.provider.accepts(leased.token!)).toBe(true);
  });

  it('stores neither state, verifier nor tokens in clear', async () => {
    const { url } = await region.begin(user);
    const answer = await region.provider.allow(url);
    await region.finish(user, answer);
    const posted = region.provider.posted('/token').at(-1)!;
    const secrets = [answer.searchParams.get('state')!, answer.searchParams.get('code')!, posted.get('code_verifier')!];
    const rows = await region.vault.query<{ text: string }>(
      `select row_to_json(t)::text as text from authorization_request t
        union all select row_to_json(t)::text from credential t
        union all select row_to_json(t)::text from connection t
        union all select row_to_json(t)::text from audit_outbox t
        union all select row_to_json(t)::text from outbox t`,
    );
    const all = rows.map(({ text }) => text).join('\n');
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      expect(all).not.toContain(secret);
      expect(all).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  it.each<[string, (answer: URL) => Promise<{ by?: User; answer: URL | string; provider?: 'hubspot' }>, string]>([
    [
      'with a wrong state',
      async (answer) => ({ answer: changed(answer, 'state', 'A'.repeat(43)) }),
      'authorization-unknown',
    ],
    [
      'without a state',
      async (answer) => ({ answer: `code=${answer.searchParams.get('code')}` }),
      'authorization-unknown',
    ],
    [
      'in another session of the same person',
      async (answer) => ({ answer, by: { ...user, sessionId: newId() } }),
      'authorization-unknown',
    ],
    [
      'by somebody else of the organization',
      async (answer) => ({ answer, by: { ...newUser(user.orgId), sessionId: user.sessionId } }),
      'authorization-unknown',
    ],
    [
      'in another organization',
      async (answer) => ({ answer, by: { ...user, orgId: newId() } }),
      'authorization-unknown',
    ],
    [
      'as if another provider had answered',
      async (answer) => ({ answer, provider: 'hubspot' }),
      'authorization-unknown',
    ],
    [
      'with another server’s iss',
      async (answer) => ({ answer: changed(answer, 'iss', 'https://evil.example') }),
      'authorization-failed',
    ],
    [
      'with a code of nobody’s',
      async (answer) => ({ answer: changed(answer, 'code', 'A'.repeat(43)) }),
      'authorization-failed',
    ],
    [
      'with an answer that holds two codes',
      async (answer) => ({ answer: `${answer.search.slice(1)}&code=another` }),
      'authorization-failed',
    ],
    [
      'with a refusal of the person’s',
      async (answer) => ({
        answer: `error=access_denied&state=${answer.searchParams.get('state')}&iss=${encodeURIComponent(region.provider.issuer)}`,
      }),
      'consent-denied',
    ],
    [
      'with an error of the provider’s',
      async (answer) => ({
        answer: `error=server_error&state=${answer.searchParams.get('state')}&iss=${encodeURIComponent(region.provider.issuer)}`,
      }),
      'authorization-failed',
    ],
  ])('that is finished %s is refused, and nothing is stored', async (_what, forge, expected) => {
    const { url } = await region.begin(user);
    const forged = await forge(await region.provider.allow(url));
    expect(await code(region.finish(forged.by ?? user, forged.answer, forged.provider))).toBe(`vault.${expected}`);
    expect(await lastRefusal()).toBe(`vault.${expected}`);
    expect(await connectionsOf(user)).toEqual([]);
  });

  it('is finished once: neither its answer nor its code is taken again', async () => {
    const { url } = await region.begin(user);
    const answer = await region.provider.allow(url);
    const codes = await Promise.all(Array.from({ length: 4 }, () => code(region.finish(user, answer))));
    expect(codes.sort()).toEqual(['no problem', ...Array<string>(3).fill('vault.authorization-unknown')]);
    // The code itself, brought with a state that is good.
    const next = await region.begin(user);
    const state = new URL(next.url).searchParams.get('state')!;
    expect(await code(region.finish(user, changed(answer, 'state', state)))).toBe('vault.authorization-failed');
    expect(await connectionsOf(user)).toHaveLength(1);
  });

  it('ends after ten minutes', async () => {
    const { url, expiresAt } = await region.begin(user);
    const answer = await region.provider.allow(url);
    expect(new Date(expiresAt).getTime() - clock.now().getTime()).toBeGreaterThan(590_000);
    clock.advance(600_001);
    expect(await code(region.finish(user, answer))).toBe('vault.authorization-unknown');
  });

  it('needs the verifier that stayed here: the provider refuses a stolen code, and an address without a challenge', async () => {
    const [mine, theirs] = [await region.begin(user), await region.begin(user)];
    const stolen = await region.provider.allow(theirs.url);
    const state = new URL(mine.url).searchParams.get('state')!;
    expect(await code(region.finish(user, changed(stolen, 'state', state)))).toBe('vault.authorization-failed');
    const bare = new URL(mine.url);
    bare.searchParams.delete('code_challenge');
    bare.searchParams.delete('code_challenge_method');
    expect((await region.provider.allow(bare.href)).searchParams.get('error')).toBe('invalid_request');
  });

  it.each([
    ['more', 'read:jira-work read:jira-user offline_access write:jira-work'],
    ['less', 'read:jira-work offline_access'],
    ['other ones', 'read:jira-work read:jira-user write:jira-work'],
  ])('with %s permissions than were asked for is refused, and the grant is given back', async (_what, scope) => {
    let token = '';
    region.provider.disturb({
      path: '/token',
      when: 'after',
      body: (answer) => ((token = answer['access_token'] as string), { ...answer, scope }),
    });
    const { url } = await region.begin(user);
    expect(await code(region.finish(user, await region.provider.allow(url)))).toBe('vault.scope-refused');
    expect(token).not.toBe('');
    expect(await region.provider.accepts(token)).toBe(false);
    expect(await connectionsOf(user)).toEqual([]);
  });

  it.each<[string, Parameters<GrantRegion['provider']['disturb']>[0], string]>([
    ['does not answer', { path: '/token', when: 'after' }, 'provider-unreachable'],
    ['is out of order', { path: '/token', when: 'before', status: 503 }, 'provider-unreachable'],
    ['answers nonsense', { path: '/token', when: 'after', body: () => ({ hello: 'world' }) }, 'authorization-failed'],
    [
      'answers a token of an unknown kind',
      { path: '/token', when: 'after', body: (a) => ({ ...a, token_type: 'mac' }) },
      'authorization-failed',
    ],
  ])('whose provider %s is refused clearly', async (_what, disturbance, expected) => {
    const { url } = await region.begin(user);
    const answer = await region.provider.allow(url);
    region.provider.disturb(disturbance);
    expect(await code(region.finish(user, answer))).toBe(`vault.${expected}`);
    expect(await connectionsOf(user)).toEqual([]);
  });

  it('is of the account that the settings name, or of none', async () => {
    const named = await region.begin(user, { site: 'acme.atlassian.net' });
    expect(await region.finish(user, await region.provider.allow(named.url))).toMatchObject({
      account: 'acme.atlassian.net',
    });
    const wrong = await region.begin(user, { site: 'other.atlassian.net' });
    expect(await code(region.finish(user, await region.provider.allow(wrong.url)))).toBe('vault.other-account');
    expect(await region.provider.accepts('')).toBe(false);
  });

  it('does not take the name of another connection, and gives the grant back then', async () => {
    const first = await region.begin(user, {}, 'the name');
    await region.finish(user, await region.provider.allow(first.url));
    const second = await region.begin(user, {}, 'the name');
    const revoked = region.provider.posted('/token/revocation').length;
    expect(await code(region.finish(user, await region.provider.allow(second.url)))).toBe('vault.name-taken');
    expect(region.provider.posted('/token/revocation')).toHaveLength(revoked + 1);
  });
});

describe('a connection that exists', () => {
  it('gets another grant of the same account under its own id', async () => {
    const { connection } = await region.connected(user);
    const { connectionId } = connection;
    await region.vault.query(`update connection set health = 'revoked' where id = $1`, [connectionId]);
    const { url } = await region.vault.region.gatewayCall(beginReauthorization, { connectionId }, user);
    expect(await region.finish(user, await region.provider.allow(url))).toEqual(connection);
    expect(await region.versions(connection)).toEqual([
      { version: 1, kept: false },
      { version: 2, kept: true },
    ]);
    const { token } = await lease(region.vault, user.orgId, connectionId, undefined, { clock });
    expect(await region.provider.accepts(token!)).toBe(true);
  });

  it('cannot be given one once it is revoked, also when it is revoked meanwhile', async () => {
    const { connection } = await region.connected(user);
    const { connectionId } = connection;
    const { url } = await region.vault.region.gatewayCall(beginReauthorization, { connectionId }, user);
    const answer = await region.provider.allow(url);
    await region.vault.region.gatewayCall(revokeConnection, { connectionId }, user);
    expect(await code(region.finish(user, answer))).toBe('vault.connection-revoked');
    expect(await code(region.vault.region.gatewayCall(beginReauthorization, { connectionId }, user))).toBe(
      'vault.connection-revoked',
    );
  });
});

describe('what a region offers', () => {
  it('is what its operator registered with a provider', async () => {
    const slack = region.vault.region.gatewayCall(
      beginAuthorization,
      { name: 'chat', provider: 'slack', config: {} },
      user,
    );
    expect(await code(slack)).toBe('vault.provider-not-configured');
  });

  it('does not go beyond its charter, which takes no credentials here', async () => {
    const config = { site: 'acme.atlassian.net' };
    const typed = {
      name: 'jira',
      provider: 'jira' as const,
      config,
      credential: { username: 'ada', password: 'token' },
    };
    expect(await code(region.vault.region.gatewayCall(createConnection, typed, user))).toBe('vault.provider-refused');
  });
});
