import { describe, expect, it } from '@jest/globals';
import { leavesOf } from '../field.js';
import {
  AuthorizationRequest,
  Connection,
  ConnectionRequest,
  factsOf,
  Lease,
  oauthProviderNames,
  providerNames,
} from './providers.js';

const state = {
  connectionId: '0192f000-0000-7000-8000-000000000001',
  account: 'acme',
  state: 'active',
  health: 'working',
  createdAt: '2026-01-02T03:04:05.006Z',
  name: 'one',
} as const;

describe('the catalog of providers', () => {
  it.each([...providerNames])('%s can be connected in one way at least', (name) => {
    const { direct, oauth, title } = factsOf(name);
    expect(title.length).toBeGreaterThan(2);
    expect(direct ?? oauth).toBeDefined();
  });

  it.each([...oauthProviderNames])('%s is spoken to over TLS alone, at fixed addresses', (name) => {
    const { oauth, config } = factsOf(name);
    const server = oauth!.server(config.parse({}));
    for (const url of [server.issuer, server.authorizationUrl, server.tokenUrl, server.revocation?.url]) {
      if (url) expect(new URL(url).protocol).toBe('https:');
    }
    expect(new Set(oauth!.scopes).size).toBe(oauth!.scopes.length);
    expect(oauth!.scopes.length).toBeGreaterThan(0);
  });

  it('shows a connection of every provider, and none with a setting of another’s', () => {
    const shown = { ...state, provider: 'notion', auth: 'api-token', config: { workspace: 'acme' } };
    expect(Connection.parse(shown)).toEqual(shown);
    expect(Connection.safeParse({ ...shown, provider: 'slack' }).success).toBe(false);
    expect(Lease.parse({ provider: 'slack', config: {}, sealed: 'AAAA' })).toMatchObject({ provider: 'slack' });
  });

  it('takes a credential where one is typed in, and sends people to the provider elsewhere', () => {
    const stripe = { provider: 'stripe', name: 'pay', config: {}, credential: { token: 'rk_live_1' } };
    expect(ConnectionRequest.parse(stripe)).toEqual({ ...stripe, config: { mode: 'live' } });
    expect(ConnectionRequest.safeParse({ ...stripe, credential: { username: 'a', password: 'b' } }).success).toBe(
      false,
    );
    const slack = { provider: 'slack', name: 'chat', config: {} };
    const refused = ConnectionRequest.safeParse(slack);
    expect(refused.error?.issues[0]?.message).toContain('/api/v1/connections/authorize');
    expect(AuthorizationRequest.parse(slack)).toEqual(slack);
    expect(AuthorizationRequest.safeParse({ ...stripe, credential: undefined }).error?.issues[0]?.message).toContain(
      'POST /api/v1/connections',
    );
  });

  it('has one secret in each credential, and nothing secret anywhere else', () => {
    for (const name of providerNames) {
      const { direct, config } = factsOf(name);
      const secrets = direct?.credential
        ? leavesOf(direct.credential).filter((one) => one.kind?.kind === 'secret')
        : [];
      expect(secrets).toHaveLength(direct?.credential ? 1 : 0);
      expect(leavesOf(config).filter((one) => one.kind?.kind === 'secret')).toEqual([]);
    }
  });
});

describe('what a provider says of an account', () => {
  const identify = (name: (typeof oauthProviderNames)[number]) => factsOf(name).oauth!.identify.read;

  it('is read from its answer', () => {
    expect(identify('salesforce')({ instance_url: 'https://acme.my.salesforce.com', id: 'x' })).toEqual({
      account: 'acme.my.salesforce.com',
      config: { site: 'acme.my.salesforce.com' },
    });
    expect(identify('hubspot')({ hub_id: 1234567 })).toEqual({
      account: 'account 1234567',
      config: { portal: '1234567' },
    });
    expect(identify('slack')({ team: { id: 'T1', name: 'Acme' } })).toEqual({ account: 'Acme' });
    expect(identify('jira')({ id: 'cloud-1', url: 'https://acme.atlassian.net' })).toEqual({
      account: 'acme.atlassian.net',
      config: { site: 'acme.atlassian.net', cloudId: 'cloud-1' },
    });
  });

  it('is nothing where the answer is not what was expected', () => {
    for (const name of oauthProviderNames) {
      for (const answer of [{}, { instance_url: 7, team: 'no', url: 'no', hub_id: {} }]) {
        expect(identify(name)(answer).account).toBe('');
      }
    }
  });
});
