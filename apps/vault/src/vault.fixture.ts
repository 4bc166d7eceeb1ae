import {
  type Caller,
  type Connection,
  createConnection,
  LEASE_GRANT_SECONDS,
  leaseAudience,
  leaseCredential,
  LeasedCredential,
  leaseInfo,
  type Operation,
  type Output,
  readLeaseGrant,
  type ServiceName,
} from '@millrace/contracts';
import { generateLeaseKeyPair, type LeaseKeyPair, openSealed, type SignOptions, TokenSigner } from '@millrace/crypto';
import { type Clock, newId, Problem, systemClock } from '@millrace/kernel';
import type { OperationClient } from '@millrace/messaging';
import { startTestRegion, type TestRegion, type TestRegionOptions } from '@millrace/testing';
import type { z } from 'zod';
import { definition } from './index.js';

export type User = Extract<Caller, { kind: 'user' }>;

export const newUser = (orgId: string = newId()): User => ({
  kind: 'user',
  userId: newId(),
  orgId,
  roles: ['owner'],
  sessionId: newId(),
});

/** The code of the problem that a call ends with. */
export const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no problem',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );

export const draft = (name: string, password = 'a database password') => ({
  name,
  provider: 'postgres' as const,
  config: { host: '127.0.0.1', port: 5432, database: 'shop', tls: 'disable' as const },
  credential: { username: 'reader', password },
});

/** Calls as a service on its own account. */
const speaking =
  (client: OperationClient, name: ServiceName) =>
  <Op extends Operation>(op: Op, input: z.input<Op['input']>): Promise<Output<Op>> =>
    client.call(op, input, { kind: 'service', name });

/** A region with the vault alone, and what sync and its workers would do in it. */
export async function startVaultRegion(options: Omit<TestRegionOptions, 'definitions'> = {}) {
  const region = await startTestRegion({ ...options, definitions: [definition] });
  const [worker, sync, compliance, operator] = await Promise.all([
    region.clientOf('sync-worker'),
    region.clientOf('sync'),
    region.clientOf('compliance'),
    region.clientOf('operator'),
  ]);
  return {
    region,
    stop: () => region.stop(),
    asWorker: speaking(worker, 'sync-worker'),
    asSync: speaking(sync, 'sync'),
    asCompliance: speaking(compliance, 'compliance'),
    asOperator: speaking(operator, 'operator'),
    create: (user: User, name: string, password?: string): Promise<Connection> =>
      region.gatewayCall(createConnection, draft(name, password), user),
    query: <T>(sql: string, parameters?: readonly unknown[]) =>
      region.service('vault').database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, parameters)),
  };
}
export type VaultRegion = Awaited<ReturnType<typeof startVaultRegion>>;

export interface GrantChanges {
  readonly claims?: Record<string, unknown>;
  readonly token?: Partial<SignOptions>;
  /** Whose key signs it. */
  readonly signer?: 'sync' | 'sync-worker';
  readonly clock?: Clock;
}

/** A grant as sync signs it, with whatever a test changes about it. */
export async function grantFor(
  region: TestRegion,
  orgId: string,
  connectionId: string,
  worker: LeaseKeyPair,
  changes: GrantChanges = {},
): Promise<string> {
  const signer = new TokenSigner(
    await region.secrets.signingKey(changes.signer ?? 'sync'),
    changes.clock ?? systemClock,
  );
  const claims = {
    grantId: newId(),
    orgId,
    connectionId,
    workerKey: worker.thumbprint,
    purpose: 'run',
    runId: newId(),
    partitionId: newId(),
    fence: 1,
    ...changes.claims,
  };
  return signer.sign(claims, {
    expiresInSeconds: LEASE_GRANT_SECONDS,
    audience: leaseAudience(region.config.region),
    issuer: 'sync',
    type: 'lease-grant',
    ...changes.token,
  });
}

/** Leases like a worker: asks, then opens what was sealed to its key. */
export async function lease(
  vault: VaultRegion,
  orgId: string,
  connectionId: string,
  worker?: LeaseKeyPair,
  changes?: GrantChanges,
): Promise<LeasedCredential> {
  const keys = worker ?? (await generateLeaseKeyPair());
  const grant = await grantFor(vault.region, orgId, connectionId, keys, changes);
  const { sealed } = await vault.asWorker(leaseCredential, { grant, workerKey: keys.publicKey });
  const plaintext = await openSealed(keys, Buffer.from(sealed, 'base64url'), leaseInfo(readLeaseGrant(grant)));
  return LeasedCredential.parse(JSON.parse(plaintext.toString('utf8')));
}
