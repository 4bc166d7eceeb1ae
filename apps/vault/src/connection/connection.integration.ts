import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createConnection,
  describeConnection,
  listConnections,
  readConnection,
  revokeConnection,
} from '@millrace/contracts';
import { newId, type Problem } from '@millrace/kernel';
import { Client } from 'pg';
import { code, draft, newUser, startVaultRegion, type VaultRegion } from '../vault.fixture.js';

let vault: VaultRegion;
let call: VaultRegion['region']['gatewayCall'];
beforeAll(async () => {
  vault = await startVaultRegion();
  call = vault.region.gatewayCall;
}, 60_000);
afterAll(() => vault?.stop());

/** Files below `folder` that hold `marker`, byte for byte. */
function filesWith(marker: string, folder: string): string[] {
  try {
    return execFileSync('grep', ['-rlaF', '--', marker, folder], { encoding: 'utf8' }).split('\n').filter(Boolean);
  } catch (error) {
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}

async function checkpoint(): Promise<void> {
  const { postgres, secrets } = vault.region;
  const client = new Client({
    connectionString: postgres.url('vault', postgres.superuser, await secrets.superuserPassword()).reveal(),
  });
  await client.connect();
  await client.query('checkpoint');
  await client.end();
}

describe('a connection', () => {
  it('is created, listed, read and described without its credential', async () => {
    const user = newUser();
    const made = await vault.create(user, 'shop');
    expect(made).toMatchObject({ name: 'shop', account: 'reader', state: 'active', config: { database: 'shop' } });
    expect(JSON.stringify(made)).not.toContain('a database password');
    expect(await call(listConnections, {}, user)).toEqual({ connections: [made] });
    expect(await call(readConnection, { connectionId: made.connectionId }, user)).toEqual(made);
    for (const connection of ['shop', made.connectionId])
      expect(await vault.asSync(describeConnection, { orgId: user.orgId, connection })).toEqual(made);
  });

  it('leaves its password in no file of the database, the broker or the logs', async () => {
    const [password, account] = [`marker-${newId()}`, `account-${newId()}`];
    const user = newUser();
    await call(createConnection, { ...draft('marked', password), credential: { username: account, password } }, user);
    await call(
      createConnection,
      { ...draft('marked', password), credential: { username: account, password } },
      user,
    ).catch(() => undefined);
    await checkpoint();
    expect(filesWith(account, vault.region.postgres.dataDir)).not.toEqual([]);
    expect(filesWith(password, vault.region.postgres.dataDir)).toEqual([]);
    expect(filesWith(password, vault.region.directory)).toEqual([]);
  });

  it('is stored as an envelope under its organization’s own key', async () => {
    const user = newUser();
    const { connectionId } = await vault.create(user, 'enveloped');
    const [row] = await vault.query<{ ciphertext: Buffer }>(
      'select ciphertext from credential where connection_id = $1',
      [connectionId],
    );
    expect(row!.ciphertext.subarray(0, 4).toString()).toBe('MLRE');
    expect(row!.ciphertext.includes(`org-${user.orgId}`)).toBe(true);
  });

  it('keeps its name to itself while it is active and frees it when revoked', async () => {
    const user = newUser();
    const first = await vault.create(user, 'twice');
    expect(await code(vault.create(user, 'twice'))).toBe('vault.name-taken');
    expect(await code(vault.create(newUser(), 'twice'))).toBe('no problem');
    await call(revokeConnection, { connectionId: first.connectionId }, user);
    const second = await vault.create(user, 'twice');
    expect((await call(listConnections, {}, user)).connections.map((one) => [one.connectionId, one.state])).toEqual([
      [second.connectionId, 'active'],
      [first.connectionId, 'revoked'],
    ]);
    expect((await vault.asSync(describeConnection, { orgId: user.orgId, connection: 'twice' })).connectionId).toBe(
      second.connectionId,
    );
  });

  it('loses its ciphertext with the revocation, and a repeated revocation changes nothing', async () => {
    const user = newUser();
    const { connectionId } = await vault.create(user, 'short-lived');
    const revoked = await call(revokeConnection, { connectionId }, user);
    expect(revoked).toMatchObject({ state: 'revoked', revokedAt: expect.any(String) });
    expect(await call(revokeConnection, { connectionId }, user)).toEqual(revoked);
    expect(
      await vault.query(
        'select ciphertext, destroyed_at is not null as destroyed from credential where connection_id = $1',
        [connectionId],
      ),
    ).toEqual([{ ciphertext: null, destroyed: true }]);
    const entries = await vault.query(
      `select event, details->>'repeated' as repeated from audit_outbox where target_id = $1 order by entry_id`,
      [connectionId],
    );
    expect(entries).toEqual([
      { event: 'connection.created', repeated: null },
      { event: 'connection.revoked', repeated: 'false' },
      { event: 'connection.revoked', repeated: 'true' },
    ]);
  });

  it('does not exist for another organization', async () => {
    const [mine, other] = [newUser(), newUser()];
    const { connectionId } = await vault.create(mine, 'private');
    expect(await call(listConnections, {}, other)).toEqual({ connections: [] });
    expect(await code(call(readConnection, { connectionId }, other))).toBe('kernel.not-found');
    expect(await code(call(revokeConnection, { connectionId }, other))).toBe('kernel.not-found');
    for (const connection of ['private', connectionId]) {
      expect(await code(vault.asSync(describeConnection, { orgId: other.orgId, connection }))).toBe('kernel.not-found');
    }
    expect(await call(readConnection, { connectionId }, mine)).toMatchObject({ state: 'active' });
    const { database } = vault.region.service('vault');
    for (const table of ['connection', 'credential', 'data_key', 'lease_log', 'closed_organization']) {
      expect(await database.scoped({}, { kind: 'public' }, (tx) => tx.query(`select * from ${table}`))).toEqual([]);
    }
  });

  it.each(['viewer', 'billing', 'privacy'] as const)('cannot be made by a %s', async (role) => {
    expect(await code(vault.create({ ...newUser(), roles: [role] }, 'forbidden'))).toBe('kernel.forbidden');
  });

  it.each([
    ['db.example.com', '/config/tls'],
    ['localhost', '/config/tls'],
    ['10.0.0.7', '/config/tls'],
    ['8.8.8.8', '/config/tls'],
    ['127.1', '/config/host'],
  ])('is never unencrypted to %s', async (host, path) => {
    const unsafe = { ...draft('unsafe'), config: { ...draft('unsafe').config, host } };
    const refusal = await call(createConnection, unsafe, newUser()).catch((error: unknown) => error as Problem);
    expect((refusal as Problem).details.errors?.map((fault) => fault.path)).toEqual([path]);
  });
});

describe('a charter that allows OAuth only', () => {
  it('refuses a database password with its own words, and nothing is written', async () => {
    const strict = await startVaultRegion({ charter: 'fluxcascade' });
    try {
      const refusal = (await strict.create(newUser(), 'shop').catch((error: unknown) => error)) as Problem;
      const { charter } = strict.region.service('vault').runtime;
      expect([refusal.code, refusal.details.detail]).toEqual([
        'vault.provider-refused',
        charter.document.connectorRules.refusal,
      ]);
      expect(await strict.query('select id from connection')).toEqual([]);
    } finally {
      await strict.stop();
    }
  }, 60_000);
});
