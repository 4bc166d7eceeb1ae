import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Connection, contextOperations, revokeConnection } from '@millrace/contracts';
import { MovableClock, newId, until } from '@millrace/kernel';
import { startService } from '@millrace/service';
import { definition } from '../index.js';
import pg from 'pg';
import { closeOrganization } from '../organization/closed-organization.js';
import { code, lease, type User } from '../vault.fixture.js';
import { CLIENT_SECRET, GrantRegion } from './grant.fixture.js';

const HOUR = 3_600_000;
const holdings = contextOperations('vault');
const clock = new MovableClock(new Date());
let region: GrantRegion;
let user: User;
let connection: Connection;

beforeAll(async () => {
  region = await GrantRegion.start({ clock });
}, 60_000);
afterAll(() => region?.[Symbol.asyncDispose]());
beforeEach(async () => {
  region.provider.disturb(undefined);
  ({ user, connection } = await region.connected());
});

const leased = async () =>
  (await lease(region.vault, user.orgId, connection.connectionId, undefined, { clock })).token!;
const health = async () => (await region.read(user, connection)).health;
const renewals = () => region.provider.posted('/token').filter((form) => form.get('grant_type') === 'refresh_token');
const renewed = (version = 2) =>
  until('the renewal', 10_000, async () => (await region.versions(connection)).at(-1)?.version === version);
const claims = () =>
  region.vault.query<{ claimed: boolean; attempts: number; kind: string }>(
    'select claimed_until is not null as claimed, attempts, kind from provider_task where connection_id = $1',
    [connection.connectionId],
  );
const events = async () => {
  const rows = await region.vault.query<{ health: string }>(
    `select details->>'health' as health from audit_outbox where event = 'connection.unhealthy' and target_id = $1`,
    [connection.connectionId],
  );
  return rows.map((row) => row.health);
};

describe('a token', () => {
  it('is renewed ahead of its end, and the refresh token that was rotated away is gone', async () => {
    const before = await leased();
    clock.advance(0.8 * HOUR);
    await renewed();
    const after = await leased();
    expect(after).not.toBe(before);
    expect(await region.provider.accepts(after)).toBe(true);
    expect(await region.versions(connection)).toEqual([
      { version: 1, kept: false },
      { version: 2, kept: true },
    ]);
    clock.advance(0.8 * HOUR);
    await renewed(3);
    const used = renewals().map((form) => form.get('refresh_token'));
    expect(new Set(used).size).toBe(used.length);
  });

  it('that has ended is renewed before anybody gets it', async () => {
    const before = renewals().length;
    await region.vault.query(`update credential set expires_at = $2 where connection_id = $1`, [
      connection.connectionId,
      clock.now(),
    ]);
    const tokens = await Promise.all(Array.from({ length: 5 }, leased));
    expect(new Set(tokens).size).toBe(1);
    expect(await region.provider.accepts(tokens[0]!)).toBe(true);
    expect(renewals()).toHaveLength(before + 1);
  });

  it('is not renewed again by a vault that looked before a renewal and claims after it', async () => {
    const ends = (at: Date) =>
      [
        'update credential set expires_at = $2 where connection_id = $1',
        [connection.connectionId, at.toISOString()],
      ] satisfies [string, string[]];
    const before = renewals().length;
    await region.vault.query(...ends(clock.now()));
    const other = new pg.Client({ connectionString: region.vault.region.postgres.url('vault').reveal() });
    await other.connect();
    await other.query('begin');
    await other.query('lock table provider_task in access exclusive mode');
    const token = leased();
    await until('its claim and the loop’s to wait', 4_000, async () => {
      const waiting = await other.query(
        `select 1 from pg_locks where relation = 'provider_task'::regclass and not granted`,
      );
      return waiting.rowCount === 2;
    });
    await other.query(...ends(new Date(clock.now().getTime() + HOUR)));
    await other.query('commit');
    await other.end();
    expect(await region.provider.accepts(await token)).toBe(true);
    expect(renewals()).toHaveLength(before);
  });

  it('is renewed by one vault however many there are', async () => {
    const { config, secrets } = region.vault.region;
    const others = await Promise.all([1, 2].map(() => startService(definition, { config, secrets, clock })));
    try {
      const before = renewals().length;
      await region.due(connection);
      await renewed();
      await until('rest', 5_000, async () => !(await claims())[0]!.claimed);
      expect(renewals()).toHaveLength(before + 1);
      expect(await health()).toBe('working');
    } finally {
      for (const other of others) await other.stop();
    }
  }, 60_000);

  it('survives a provider that is away: it is tried again, and works meanwhile', async () => {
    region.provider.disturb({ path: '/token', when: 'before', status: 503 });
    await region.due(connection);
    await until('an attempt that failed', 10_000, async () => {
      const [task] = await claims();
      return task?.attempts === 1 && !task.claimed;
    });
    expect(await health()).toBe('working');
    expect(await region.provider.accepts(await leased())).toBe(true);
    region.provider.disturb(undefined);
    await region.due(connection);
    await renewed();
  });

  it('survives a client that the provider refuses, which is not the customer’s fault', async () => {
    region.provider.disturb({ path: '/token', when: 'before', status: 401, body: () => ({ error: 'invalid_client' }) });
    await region.due(connection);
    await until('an attempt that failed', 10_000, async () => (await claims())[0]?.attempts === 1);
    expect(await health()).toBe('working');
  });

  it('keeps the former refresh token where the provider rotates none', async () => {
    region.provider.disturb({
      path: '/token',
      when: 'after',
      body: ({ refresh_token: _, ...answer }) => answer,
    });
    await region.due(connection);
    await renewed();
    expect(await health()).toBe('working');
    const before = renewals().length;
    region.provider.disturb({ path: '/token', when: 'before', status: 503 });
    await region.due(connection);
    await until('another attempt', 10_000, () => renewals().length > before);
    expect(renewals().at(-1)!.get('refresh_token')).toBe(renewals().at(-2)!.get('refresh_token'));
  });
});

describe('a connection that the provider no longer accepts', () => {
  const gone = async (expected: string) => {
    await until(`health ${expected}`, 10_000, async () => (await health()) === expected);
    expect(await code(leased())).toBe('vault.reconnect-needed');
    expect(await events()).toEqual([expected]);
    expect(await claims()).toEqual([]);
  };

  it('says that it was revoked there', async () => {
    region.provider.forgetGrants();
    await region.due(connection);
    await gone('revoked');
  });

  it.each([
    ['more', 'read:jira-work read:jira-user offline_access write:jira-work'],
    ['less', 'read:jira-work offline_access'],
  ])('says that its permissions changed, and gives %s of them back', async (_what, scope) => {
    let token = '';
    region.provider.disturb({
      path: '/token',
      when: 'after',
      body: (answer) => ((token = answer['access_token'] as string), { ...answer, scope }),
    });
    await region.due(connection);
    await gone('scope-changed');
    expect(await region.provider.accepts(token)).toBe(false);
  });

  it('says that a renewal was interrupted, when its answer was lost after the provider had rotated the token', async () => {
    region.provider.disturb({ path: '/token', when: 'after' });
    await region.due(connection);
    await until('the lost answer', 10_000, async () => {
      const [task] = await claims();
      return task?.attempts === 1 && !task.claimed;
    });
    region.provider.disturb(undefined);
    await region.due(connection);
    await gone('interrupted');
  });
});

describe('the end of a connection', () => {
  const revoke = () =>
    region.vault.region.gatewayCall(revokeConnection, { connectionId: connection.connectionId }, user);
  const atProvider = async () => (await region.read(user, connection)).atProvider;
  const renewalLeft = async () =>
    (
      await region.vault.query('select 1 from credential where connection_id = $1 and renewal is not null', [
        connection.connectionId,
      ])
    ).length > 0;

  it('ends the grant at the provider, and leaves nothing to end it with', async () => {
    const token = await leased();
    expect(await revoke()).toMatchObject({ state: 'revoked', atProvider: 'pending' });
    expect(await code(leased())).toBe('vault.connection-revoked');
    await until('the end there', 10_000, async () => (await atProvider()) === 'done');
    expect(await region.provider.accepts(token)).toBe(false);
    expect(await renewalLeft()).toBe(false);
    expect(await claims()).toEqual([]);
  });

  it('stays open for all to see while the provider is away, and is tried until it is back', async () => {
    region.provider.disturb({ path: '/token/revocation', when: 'before', status: 503 });
    await revoke();
    await until('an attempt that failed', 10_000, async () => {
      const [task] = await claims();
      return task?.kind === 'revoke' && task.attempts === 1 && !task.claimed;
    });
    expect(await atProvider()).toBe('pending');
    expect(await code(leased())).toBe('vault.connection-revoked');
    region.provider.disturb(undefined);
    await region.due(connection);
    await until('the end there', 10_000, async () => (await atProvider()) === 'done');
  });

  it('is given up with the charter’s time to forget, and says so', async () => {
    region.provider.disturb({ path: '/token/revocation', when: 'before', status: 503 });
    await revoke();
    clock.advance(24 * HOUR);
    await region.due(connection);
    await until('the end of trying', 10_000, async () => (await atProvider()) === 'given-up');
    expect(await renewalLeft()).toBe(false);
  });

  it('ends what a renewal brought that was under way', async () => {
    let token = '';
    region.provider.disturb({
      path: '/token',
      when: 'after',
      body: (answer) => {
        token = answer['access_token'] as string;
        return answer;
      },
    });
    const { database } = region.vault.region.service('vault');
    await database.region({ kind: 'service' }, async (tx) => {
      await tx.query('select 1 from connection where id = $1 for update', [connection.connectionId]);
      await region.due(connection);
      await until('the provider’s answer', 10_000, () => token !== '');
      await tx.query(`update connection set state = 'revoked', revoked_at = $2 where id = $1`, [
        connection.connectionId,
        clock.now(),
      ]);
    });
    await until('the new token’s end', 10_000, async () => !(await region.provider.accepts(token)));
    expect((await region.versions(connection)).length).toBe(1);
  });

  it('comes with the end of the organization, whose key waits for it', async () => {
    const token = await leased();
    const { database } = region.vault.region.service('vault');
    region.provider.disturb({ path: '/token/revocation', when: 'before', status: 503 });
    const runtime = { clock, config: region.vault.region.config };
    await database.region({ kind: 'service' }, (tx) => closeOrganization(tx, user.orgId, runtime));
    const destroyed = async () =>
      (
        await region.vault.query(
          'select 1 from closed_organization where org_id = $1 and key_destroyed_at is not null',
          [user.orgId],
        )
      ).length > 0;
    await until('an attempt that failed', 10_000, async () => (await claims())[0]?.attempts === 1);
    expect(await destroyed()).toBe(false);
    region.provider.disturb(undefined);
    await region.due(connection);
    await until('the key’s end', 10_000, destroyed);
    expect(await region.provider.accepts(token)).toBe(false);
  });

  describe('when an erasure closes the organization', () => {
    const erase = () =>
      region.vault.asCompliance(holdings.eraseHoldings, {
        caseId: newId(),
        subject: { ids: [newId()], lookups: [], closingOrgIds: [user.orgId] },
      });
    const left = async () => {
      const { left } = await region.vault.asCompliance(holdings.findHoldings, {
        subject: { ids: [newId()], lookups: [], closingOrgIds: [user.orgId] },
      });
      return left.map(({ table }) => table);
    };
    const atProviders = async () => {
      const rows = await region.vault.query<{ how: string }>(
        `select details->>'atProvider' as how from audit_outbox where event = 'connection.ended-at-provider' and org_id = $1`,
        [user.orgId],
      );
      return rows.map(({ how }) => how);
    };

    it('goes first: what it takes is erased once the provider has answered', async () => {
      const token = await leased();
      region.provider.disturb({ path: '/token/revocation', when: 'before', status: 503 });
      await erase();
      expect(await code(leased())).toBe('vault.connection-revoked');
      expect(await left()).toEqual(expect.arrayContaining(['connection', 'credential', 'provider_task']));
      region.provider.disturb(undefined);
      await region.due(connection);
      await until('the end there', 10_000, async () => (await atProviders()).length > 0);
      expect(await region.provider.accepts(token)).toBe(false);
      expect((await erase()).erased.map(({ table }) => table)).toEqual(
        expect.arrayContaining(['connection', 'credential']),
      );
      expect(await left()).toEqual([]);
      expect(await atProviders()).toEqual(['done']);
    });

    it('is waited for ten minutes, then given up, which the ledger keeps', async () => {
      region.provider.disturb({ path: '/token/revocation', when: 'before', status: 503 });
      await erase();
      clock.advance(600_000 - 1);
      await erase();
      expect(await left()).toContain('provider_task');
      clock.advance(1);
      await erase();
      expect(await left()).toEqual([]);
      expect(await atProviders()).toEqual(['given-up']);
    });
  });
});

describe('what is written down', () => {
  it('holds neither tokens nor the client’s secret', async () => {
    await region.due(connection);
    await renewed();
    const secrets = [CLIENT_SECRET, await leased(), ...renewals().map((form) => form.get('refresh_token')!)];
    const tables = ['connection', 'credential', 'provider_task', 'audit_outbox', 'outbox', 'egress_log', 'lease_log'];
    for (const table of tables) {
      const rows = await region.vault.query<{ text: string }>(`select row_to_json(t)::text as text from ${table} t`);
      const text = rows.map((row) => row.text).join('\n');
      for (const secret of secrets) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString('hex'));
      }
    }
  });
});
