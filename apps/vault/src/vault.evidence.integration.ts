import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contextOperations, revokeConnection } from '@millrace/contracts';
import { newId } from '@millrace/kernel';
import { Client } from 'pg';
import { lease, newUser, startVaultRegion, type User, type VaultRegion } from './vault.fixture.js';

let vault: VaultRegion;
let user: User;
let connectionId: string;
beforeAll(async () => {
  vault = await startVaultRegion();
  user = newUser();
  connectionId = (await vault.create(user, 'shop')).connectionId;
  await lease(vault, user.orgId, connectionId);
}, 60_000);
afterAll(() => vault?.stop());

async function ask(question: string): Promise<Record<string, unknown>> {
  const { evidence } = await vault.asCompliance(contextOperations('vault').evidence, { question, parameters: {} });
  return evidence as Record<string, unknown>;
}

async function asSuperuser(sql: string): Promise<void> {
  const { postgres, secrets } = vault.region;
  const client = new Client({
    connectionString: postgres.url('vault', postgres.superuser, await secrets.superuserPassword()).reveal(),
  });
  await client.connect();
  await client.query(sql);
  await client.end();
}

describe('the evidence about ciphertexts', () => {
  it('finds every stored secret in an AES-256-GCM envelope', async () => {
    expect(await ask('ciphertexts')).toEqual({
      envelopes: 2,
      fields: { 'credential.ciphertext': 1, 'data_key.wrapped': 1 },
      forms: ['AES-256-GCM/256'],
      violations: [],
      violationCount: 0,
    });
  });

  it('names a row that holds something else, and one under another organization’s key', async () => {
    const other = newUser();
    const theirs = await vault.create(other, 'shop');
    await vault.query('update credential set ciphertext = $2 where connection_id = $1', [
      theirs.connectionId,
      Buffer.from('plain text'),
    ]);
    expect(await ask('ciphertexts')).toMatchObject({
      violationCount: 1,
      violations: [{ table: 'credential', fault: 'not-an-envelope' }],
    });
    const copied =
      'update credential set ciphertext = (select ciphertext from credential where connection_id = $2) where connection_id = $1';
    await vault.query(copied, [theirs.connectionId, connectionId]);
    expect(await ask('ciphertexts')).toMatchObject({
      violationCount: 1,
      violations: [{ fault: 'another-organizations-key' }],
    });
    await vault.region.gatewayCall(revokeConnection, { connectionId: theirs.connectionId }, other);
    expect(await ask('ciphertexts')).toMatchObject({ violationCount: 0 });
  });
});

describe('the evidence about use after revocation', () => {
  it('counts leases and ciphertexts that should not be', async () => {
    const doomed = await vault.create(user, 'doomed');
    await lease(vault, user.orgId, doomed.connectionId);
    await vault.region.gatewayCall(revokeConnection, { connectionId: doomed.connectionId }, user);
    const clean = { leasesAfterRevocation: 0, ciphertextsLeft: 0, ciphertextsOverdue: 0 };
    expect(await ask('use-after-revoke')).toMatchObject({ ...clean, leases: 2 });

    const ids = [newId(), user.orgId, doomed.connectionId, newId()];
    await vault.query(
      `insert into lease_log (id, org_id, connection_id, grant_id, purpose, worker_key, at, expires_at)
       select $1, $2, $3::uuid, $4, 'inspect', 'k', revoked_at + interval '1 second', revoked_at from connection where id = $3::uuid`,
      ids,
    );
    expect(await ask('use-after-revoke')).toMatchObject({ ...clean, leasesAfterRevocation: 1 });

    await vault.query(`update credential set ciphertext = 'x' where connection_id = $1`, [doomed.connectionId]);
    expect(await ask('use-after-revoke')).toMatchObject({ ciphertextsLeft: 1, ciphertextsOverdue: 0 });
    await vault.query(`update connection set revoked_at = revoked_at - interval '31 days' where id = $1`, [
      doomed.connectionId,
    ]);
    expect(await ask('use-after-revoke')).toMatchObject({ ciphertextsOverdue: 1 });
    await vault.query(`update credential set ciphertext = null, renewal = 'x' where connection_id = $1`, [
      doomed.connectionId,
    ]);
    expect(await ask('use-after-revoke')).toMatchObject({ ciphertextsLeft: 0, ciphertextsOverdue: 1 });
  });
});

describe('the evidence about connection columns', () => {
  it('finds provider and account name, and whatever column somebody adds', async () => {
    expect(await ask('connection-columns')).toEqual({
      account: ['provider', 'accountName'],
      configuration: ['name', 'name_key', 'config'],
      own: ['id', 'org_id', 'auth', 'state', 'health', 'scopes', 'created_at', 'revoked_at', 'at_provider'],
      unknown: [],
    });
    await asSuperuser('alter table connection add column account_email text');
    expect(await ask('connection-columns')).toMatchObject({ unknown: ['account_email'] });
  });
});
