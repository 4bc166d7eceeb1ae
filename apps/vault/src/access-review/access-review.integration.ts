import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LEASES_PER_PAGE, reviewAccess } from '@millrace/contracts';
import { generateLeaseKeyPair } from '@millrace/crypto';
import { code, lease, newUser, startVaultRegion, type VaultRegion } from '../vault.fixture.js';

let vault: VaultRegion;
beforeAll(async () => {
  vault = await startVaultRegion();
}, 60_000);
afterAll(() => vault?.stop());

const review = (user: ReturnType<typeof newUser>, connectionId: string, after?: string) =>
  vault.region.gatewayCall(reviewAccess, { connectionId, after }, user);

describe('an access review', () => {
  it('names who could have a secret used, and each use with run, worker key and time', async () => {
    const user = newUser();
    const { connectionId } = await vault.create(user, 'shop');
    const other = await vault.create(user, 'another');
    const [first, second] = [await generateLeaseKeyPair(), await generateLeaseKeyPair()];
    await lease(vault, user.orgId, connectionId, first);
    await lease(vault, user.orgId, connectionId, second);
    await lease(vault, user.orgId, other.connectionId);
    const found = await review(user, connectionId);
    expect(found).toMatchObject({ connectionId, keyProvider: 'keyring', services: ['vault', 'sync-worker'] });
    expect(found.roles).toEqual(
      ['owner', 'admin', 'editor'].map((role) => ({ role, permissions: ['connections.write', 'runs.start'] })),
    );
    expect(found.leases.map(({ workerKey }) => workerKey)).toEqual([second.thumbprint, first.thumbprint]);
    expect(found.leases[0]).toMatchObject({ purpose: 'run', runId: expect.any(String), fence: 1 });
    expect(found.next).toBeUndefined();
  });

  it('is given page by page, and misses none', async () => {
    const user = newUser();
    const { connectionId } = await vault.create(user, 'shop');
    await vault.query(
      `insert into lease_log (id, org_id, connection_id, grant_id, purpose, worker_key, at, expires_at)
       select gen_random_uuid(), $1, $2, gen_random_uuid(), 'inspect', repeat('A', 43), now(), now() from generate_series(1, $3)`,
      [user.orgId, connectionId, LEASES_PER_PAGE + 1],
    );
    const first = await review(user, connectionId);
    const last = await review(user, connectionId, first.next);
    expect([first.leases.length, last.leases.length, last.next]).toEqual([LEASES_PER_PAGE, 1, undefined]);
    expect(new Set([...first.leases, ...last.leases].map(({ leaseId }) => leaseId)).size).toBe(LEASES_PER_PAGE + 1);
  });

  it('is for those who may read the ledger, about their own organization', async () => {
    const user = newUser();
    const { connectionId } = await vault.create(user, 'shop');
    expect(await code(review({ ...user, roles: ['editor'] }, connectionId))).toBe('kernel.forbidden');
    expect(await code(review({ ...user, roles: ['privacy'] }, connectionId))).toBe('no problem');
    expect(await code(review(newUser(), connectionId))).toBe('kernel.not-found');
  });
});
