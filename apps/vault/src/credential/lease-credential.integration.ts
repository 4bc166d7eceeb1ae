import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { leaseCredential, leaseInfo, readLeaseGrant, revokeConnection } from '@millrace/contracts';
import { generateLeaseKeyPair, type LeaseKeyPair, openSealed } from '@millrace/crypto';
import { MovableClock, newId, stopwatch, until } from '@millrace/kernel';
import {
  code,
  grantFor,
  type GrantChanges,
  lease,
  newUser,
  startVaultRegion,
  type User,
  type VaultRegion,
} from '../vault.fixture.js';

let vault: VaultRegion;
let worker: LeaseKeyPair;
let user: User;
let connectionId: string;
const password = `marker-${newId()}`;

beforeAll(async () => {
  vault = await startVaultRegion();
  worker = await generateLeaseKeyPair();
}, 60_000);
afterAll(() => vault?.stop());
beforeEach(async () => {
  user = newUser();
  connectionId = (await vault.create(user, 'leased', password)).connectionId;
});

const ask = async (changes: GrantChanges = {}, workerKey = worker.publicKey) => {
  const grant = await grantFor(vault.region, user.orgId, connectionId, worker, changes);
  return vault.asWorker(leaseCredential, { grant, workerKey });
};

const refusals = () =>
  vault.query<{ reason: string }>(
    `select details->>'reason' as reason from audit_outbox where event = 'credential.lease-refused' order by entry_id`,
  );
const lastRefusal = async () => (await refusals()).at(-1)?.reason;

describe('a lease', () => {
  it('carries user name, password and the organization’s field key to the worker that the grant names', async () => {
    const first = await lease(vault, user.orgId, connectionId, worker);
    expect(first).toMatchObject({ username: 'reader', password });
    expect(Buffer.from(first.fieldKey, 'base64url')).toHaveLength(32);
    expect((await lease(vault, user.orgId, connectionId)).fieldKey).toBe(first.fieldKey);
  });

  it('has a field key per organization', async () => {
    const other = newUser();
    const theirs = await vault.create(other, 'leased');
    const [a, b] = [await lease(vault, user.orgId, connectionId), await lease(vault, other.orgId, theirs.connectionId)];
    expect(a.fieldKey).not.toBe(b.fieldKey);
  });

  it('makes one field key when many workers ask at once', async () => {
    const leases = await Promise.all(Array.from({ length: 8 }, () => lease(vault, user.orgId, connectionId)));
    expect(new Set(leases.map((one) => one.fieldKey)).size).toBe(1);
  });

  it('is in the ledger’s outbox and in the lease log, and neither holds the secret', async () => {
    const runId = newId();
    await ask({ claims: { runId, fence: 7 } });
    const [entry] = await vault.query<{ text: string }>(
      `select row_to_json(a)::text as text from audit_outbox a where event = 'credential.leased' and details->>'runId' = $1`,
      [runId],
    );
    expect(JSON.parse(entry!.text)).toMatchObject({
      org_id: user.orgId,
      target_id: connectionId,
      outcome: 'success',
      details: { purpose: 'run', fence: 7 },
    });
    expect(entry!.text).not.toContain(password);
    expect(await vault.query('select worker_key, fence from lease_log where run_id = $1', [runId])).toEqual([
      { worker_key: worker.thumbprint, fence: '7' },
    ]);
  });

  it('is given for an inspection too', async () => {
    const claims = { purpose: 'inspect', runId: undefined, partitionId: undefined, fence: undefined };
    expect(await ask({ claims })).toMatchObject({ provider: 'postgres', config: { host: '127.0.0.1' } });
  });

  it('opens for no other key and for no other grant', async () => {
    const grant = await grantFor(vault.region, user.orgId, connectionId, worker);
    const { sealed } = await vault.asWorker(leaseCredential, { grant, workerKey: worker.publicKey });
    const bytes = Buffer.from(sealed, 'base64url');
    const info = leaseInfo(readLeaseGrant(grant));
    await expect(openSealed(await generateLeaseKeyPair(), bytes, info)).rejects.toMatchObject({
      code: 'lease-refused',
    });
    await expect(openSealed(worker, bytes, { ...info, grantId: newId() })).rejects.toMatchObject({
      code: 'lease-refused',
    });
    expect(bytes.includes(password)).toBe(false);
  });
});

describe('a grant', () => {
  const early = new MovableClock(new Date('2020-01-01T00:00:00Z'));

  it.each<[string, GrantChanges, string]>([
    ['signed by a worker', { signer: 'sync-worker' }, 'token-forged'],
    ['issued by another service', { signer: 'sync-worker', token: { issuer: 'sync-worker' } }, 'token-unknown-issuer'],
    ['that has expired', { clock: early }, 'token-expired'],
    ['that lives too long', { token: { expiresInSeconds: 61 } }, 'token-too-long-lived'],
    ['for another region', { token: { audience: 'vault:eu-west-1' } }, 'token-wrong-audience'],
    ['of another type', { token: { type: 'call' } }, 'token-wrong-type'],
    ['with a claim that nobody knows', { claims: { everything: true } }, 'grant-malformed'],
    ['for a run without a partition', { claims: { partitionId: undefined } }, 'grant-malformed'],
    ['for another worker’s key', { claims: { workerKey: 'A'.repeat(43) } }, 'wrong-worker-key'],
  ])('%s is refused, and the ledger learns why', async (_what, changes, reason) => {
    expect(await code(ask(changes))).toBe('vault.lease-refused');
    expect(await lastRefusal()).toBe(reason);
  });

  it('whose content was changed is refused', async () => {
    const [head, body, signature] = (await grantFor(vault.region, user.orgId, connectionId, worker)).split('.');
    const claims = { ...JSON.parse(Buffer.from(body!, 'base64url').toString()), orgId: newId() };
    const grant = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    expect(await code(vault.asWorker(leaseCredential, { grant, workerKey: worker.publicKey }))).toBe(
      'vault.lease-refused',
    );
    expect(await lastRefusal()).toBe('token-forged');
  });

  it('presented with another key than it names is refused', async () => {
    const thief = await generateLeaseKeyPair();
    expect(await code(ask({}, thief.publicKey))).toBe('vault.lease-refused');
    expect(await code(ask({}, 'AAAA'))).toBe('vault.lease-refused');
    expect(await lastRefusal()).toBe('lease-malformed');
  });

  it('is good for one lease, also when it is presented many times at once', async () => {
    const grant = await grantFor(vault.region, user.orgId, connectionId, worker);
    const codes = await Promise.all(
      Array.from({ length: 5 }, () => code(vault.asWorker(leaseCredential, { grant, workerKey: worker.publicKey }))),
    );
    expect(codes.sort()).toEqual(['no problem', ...Array<string>(4).fill('vault.lease-refused')]);
    expect(await lastRefusal()).toBe('grant-replayed');
  });

  it('that names another organization than the connection’s finds nothing', async () => {
    expect(await code(ask({ claims: { orgId: newId() } }))).toBe('kernel.not-found');
  });
});

describe('a revoked connection', () => {
  it('gives no lease any more, and says so within a second', async () => {
    await vault.region.gatewayCall(revokeConnection, { connectionId }, user);
    const elapsed = stopwatch();
    expect(await code(ask())).toBe('vault.connection-revoked');
    expect(elapsed()).toBeLessThan(1_000);
    expect(await lastRefusal()).toBe('connection-revoked');
  });

  it('gives none to those who ask while it is being revoked, or only before', async () => {
    const asked = Array.from({ length: 10 }, () => code(ask()));
    const revoked = vault.region.gatewayCall(revokeConnection, { connectionId }, user);
    const codes = await Promise.all(asked);
    const { revokedAt } = await revoked;
    expect(new Set([...codes, 'no problem', 'vault.connection-revoked'])).toEqual(
      new Set(['no problem', 'vault.connection-revoked']),
    );
    expect(
      await vault.query('select 1 from lease_log where connection_id = $1 and at > $2', [connectionId, revokedAt]),
    ).toEqual([]);
  });

  it('gives none when the revocation falls between the look and the lease', async () => {
    // The lease waits for the row that this transaction holds; when it gets it, the connection is revoked.
    const { database } = vault.region.service('vault');
    let asked: Promise<string> | undefined;
    await database.region({ kind: 'service' }, async (tx) => {
      await tx.query('select 1 from connection where id = $1 for update', [connectionId]);
      asked = code(ask());
      const waiting = async () => (await tx.query(`select 1 from pg_locks where not granted`)).length > 0;
      await until('the lease to wait for the row', 5_000, waiting);
      await tx.query(`update connection set state = 'revoked', revoked_at = now() where id = $1`, [connectionId]);
    });
    expect(await asked).toBe('vault.connection-revoked');
    expect(await vault.query('select 1 from lease_log where connection_id = $1', [connectionId])).toEqual([]);
  });

  it('gives nothing that was replaced while it waited for the row', async () => {
    // As a renewal does: it locks the connection, which it leaves as it is, and replaces the credential.
    const { database } = vault.region.service('vault');
    let asked: Promise<string> | undefined;
    await database.region({ kind: 'service' }, async (tx) => {
      await tx.query('select 1 from connection where id = $1 for update', [connectionId]);
      asked = code(ask());
      const waiting = async () => (await tx.query(`select 1 from pg_locks where not granted`)).length > 0;
      await until('the lease to wait for the row', 5_000, waiting);
      await tx.query('update credential set ciphertext = null where connection_id = $1', [connectionId]);
    });
    expect(await asked).toBe('vault.connection-revoked');
  });
});
