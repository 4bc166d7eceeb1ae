import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { contextOperations, eventSubject, openDataKey, organizationClosed, readConnection } from '@millrace/contracts';
import { generateLeaseKeyPair } from '@millrace/crypto';
import { newId, until } from '@millrace/kernel';
import { connectNats, encode } from '@millrace/messaging';
import { code, lease, newUser, startVaultRegion, type User, type VaultRegion } from '../vault.fixture.js';

const { eraseHoldings } = contextOperations('vault');

let vault: VaultRegion;
let leaving: User;
let staying: User;
let ids: { leaving: string; staying: string };
beforeAll(async () => {
  vault = await startVaultRegion();
}, 60_000);
afterAll(() => vault?.stop());
beforeEach(async () => {
  [leaving, staying] = [newUser(), newUser()];
  ids = {
    leaving: (await vault.create(leaving, 'shop')).connectionId,
    staying: (await vault.create(staying, 'shop')).connectionId,
  };
  await lease(vault, leaving.orgId, ids.leaving);
});

const keyring = () => readFileSync(path.join(vault.region.secrets.keyring, 'organizations.json'), 'utf8');
const hasKey = (user: User) => keyring().includes(`org-${user.orgId}`);

async function publishClosed(orgId: string): Promise<void> {
  const { config, secrets } = vault.region;
  const connection = await connectNats({
    servers: config.nats.servers,
    user: 'identity',
    password: await secrets.natsPassword('identity'),
  });
  const envelope = {
    specversion: '1.0',
    id: newId(),
    source: '/services/identity',
    type: organizationClosed.name,
    time: new Date().toISOString(),
    dataversion: 1,
    data: { orgId },
  };
  await connection
    .jetstream()
    .publish(eventSubject(organizationClosed, orgId), encode(envelope), { msgID: envelope.id });
  await connection.close();
}

const events = (orgId: string) =>
  vault.query<{ event: string; reason: string | null }>(
    `select event, details->>'reason' as reason from audit_outbox where org_id = $1 order by at, entry_id`,
    [orgId],
  );

const erase = (orgId: string) =>
  vault.asCompliance(eraseHoldings, {
    caseId: newId(),
    subject: { ids: [newId()], lookups: [], closingOrgIds: [orgId] },
  });

describe('an organization that closes', () => {
  it('loses its connections and its key; the others keep theirs', async () => {
    await publishClosed(leaving.orgId);
    await until('the key to be destroyed', 10_000, () => !hasKey(leaving));
    expect(await vault.region.gatewayCall(readConnection, { connectionId: ids.leaving }, leaving)).toMatchObject({
      state: 'revoked',
    });
    expect(
      await vault.query('select 1 from credential where org_id = $1 and ciphertext is not null', [leaving.orgId]),
    ).toEqual([]);
    expect(await vault.query('select 1 from data_key where org_id = $1', [leaving.orgId])).toEqual([]);
    expect(await code(lease(vault, leaving.orgId, ids.leaving))).toBe('vault.connection-revoked');
    expect(hasKey(staying)).toBe(true);
    expect(await lease(vault, staying.orgId, ids.staying)).toMatchObject({ username: 'reader' });
    await until('the entry about the key', 5_000, async () =>
      (await events(leaving.orgId)).some((one) => one.event === 'organization-key.destroyed'),
    );
    expect(await events(leaving.orgId)).toContainEqual({ event: 'connection.revoked', reason: 'erasure' });
  });

  it('is told of once, however often the event arrives', async () => {
    for (let time = 0; time < 3; time++) await publishClosed(leaving.orgId);
    await until('the key to be destroyed', 10_000, () => !hasKey(leaving));
    await publishClosed(leaving.orgId);
    const destroyed = async () =>
      (await events(leaving.orgId)).filter((one) => one.event === 'organization-key.destroyed');
    await until('the entry about the key', 5_000, async () => (await destroyed()).length > 0);
    const handled = () => vault.query<{ n: number }>(`select count(*)::int as n from inbox`);
    const before = (await handled())[0]!.n;
    await publishClosed(newId());
    await until('a later event to be handled', 5_000, async () => (await handled())[0]!.n > before);
    expect(await destroyed()).toHaveLength(1);
    expect((await events(leaving.orgId)).filter((one) => one.event === 'connection.revoked')).toHaveLength(1);
  });

  it('gets no key again from a late call', async () => {
    await publishClosed(leaving.orgId);
    await until('the key to be destroyed', 10_000, () => !hasKey(leaving));
    const { publicKey } = await generateLeaseKeyPair();
    expect(await code(vault.create(leaving, 'late'))).toBe('kernel.not-found');
    expect(hasKey(leaving)).toBe(false);
    expect(await code(vault.asSync(openDataKey, { orgId: leaving.orgId, purpose: 'sync-state', publicKey }))).toBe(
      'kernel.not-found',
    );
    expect(hasKey(leaving)).toBe(false);
  });

  it('is erased when the answer to the erasure says so', async () => {
    const { erased } = await erase(leaving.orgId);
    expect(Object.fromEntries(erased.map((one) => [one.table, one.rows]))).toEqual({
      connection: 1,
      credential: 1,
      lease_log: 1,
    });
    expect(hasKey(leaving)).toBe(false);
    for (const table of ['connection', 'credential', 'lease_log', 'data_key']) {
      expect(await vault.query(`select 1 from ${table} where org_id = $1`, [leaving.orgId])).toEqual([]);
    }
    expect(await lease(vault, staying.orgId, ids.staying)).toMatchObject({ username: 'reader' });
  });

  it('can be erased twice, and after it was closed', async () => {
    await publishClosed(leaving.orgId);
    await until('the key to be destroyed', 10_000, () => !hasKey(leaving));
    expect(await code(erase(leaving.orgId))).toBe('no problem');
    expect((await erase(leaving.orgId)).erased).toEqual([]);
    expect((await events(leaving.orgId)).filter((one) => one.event === 'organization-key.destroyed')).toHaveLength(1);
  });

  it('leaves nothing that its ciphertexts could be opened with, were a backup put back', async () => {
    const saved = await vault.query<{ id: string; ciphertext: Buffer }>(
      'select id, ciphertext from credential where connection_id = $1',
      [ids.leaving],
    );
    await publishClosed(leaving.orgId);
    await until('the key to be destroyed', 10_000, () => !hasKey(leaving));
    await vault.query(`update connection set state = 'active', revoked_at = null where id = $1`, [ids.leaving]);
    await vault.query('update credential set ciphertext = $2, destroyed_at = null where id = $1', [
      saved[0]!.id,
      saved[0]!.ciphertext,
    ]);
    expect(await code(lease(vault, leaving.orgId, ids.leaving))).not.toBe('no problem');
  });
});
