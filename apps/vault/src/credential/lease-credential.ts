import {
  type Input,
  type leaseCredential,
  type LeaseGrant,
  leaseInfo,
  kernelProblems,
  type Output,
} from '@millrace/contracts';
import { isCryptoError, sealTo } from '@millrace/crypto';
import { type Clock, newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { isUniqueViolation, type Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { type ConnectionRow, settingsOf } from '../connection/connection.queries.js';
import { type DataKeys } from '../data-key/data-keys.js';
import { type TokenRenewer } from '../grant/token-renewer.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { type LeaseGrantVerifier, LeaseRefusal, type VerifiedGrant } from './lease-grant-verifier.js';
import { openCredential, withFieldKey } from './sealed-credential.js';

/** What a lease is made of, as it is stored. */
interface Stored {
  readonly provider: ConnectionRow['provider'];
  readonly config: ConnectionRow['config'];
  readonly state: ConnectionRow['state'];
  readonly health: ConnectionRow['health'];
  /** The newest; null once it was destroyed. */
  readonly ciphertext: Buffer | null;
  readonly version: number | null;
  /** When a token ends by itself. */
  readonly expiresAt: Date | null;
  /** Null before the first lease of an organization. */
  readonly fieldKeyId: string | null;
  readonly fieldKey: Buffer | null;
}

const LOCK = `select 1 from connection where id = $1 for share`;

/**
 * One statement: a vault under load spends its time on the way to the database and back. After {@link LOCK} rather than
 * with it, since a statement that waited for a row sees all others as they were before: a renewed token would not be seen.
 */
const STORED = `
  select c.provider, c.config, c.state, c.health, k.ciphertext, k.version, k.expires_at as "expiresAt", f.id as "fieldKeyId", f.wrapped as "fieldKey"
    from connection c
    left join lateral (
      select ciphertext, version, expires_at from credential where connection_id = c.id order by version desc limit 1
    ) k on true
    left join data_key f on f.org_id = c.org_id and f.purpose = 'field-hash'
   where c.id = $1`;

/** Ends a transaction in which nothing was written yet. */
class RenewalDue extends Error {}

/** Gives a worker a credential, sealed to that worker's key, against a grant that sync signed for it. */
export class LeaseCredential {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: OrganizationKeys,
    private readonly dataKeys: DataKeys,
    private readonly grants: LeaseGrantVerifier,
    private readonly renewer: TokenRenewer,
  ) {}

  /**
   * The secret leaves only after the ledger's entry about it is committed.
   * @throws Problem `vault.lease-refused` for a bad or used grant, `vault.connection-revoked`, `vault.reconnect-needed` for
   * a connection that its provider no longer accepts; each refusal is in the ledger
   */
  async execute(
    { grant: token, workerKey }: Input<typeof leaseCredential>,
    call: Call,
  ): Promise<Output<typeof leaseCredential>> {
    try {
      const verified = await this.grants.verify(token, workerKey);
      const stored = await this.writeDownFresh(verified, call);
      const sealed = await this.seal(stored, verified.grant, workerKey, call);
      return {
        ...settingsOf(stored),
        sealed: sealed.toString('base64url'),
        ...(stored.expiresAt ? { expiresAt: stored.expiresAt.toISOString() } : {}),
      };
    } catch (error) {
      if (error instanceof LeaseRefusal) await this.reportRefusal(error, call);
      throw error;
    }
  }

  /** With a token that lives for a while: one that is about to end is renewed first, outside of any transaction. */
  private async writeDownFresh(verified: VerifiedGrant, call: Call): Promise<Stored> {
    try {
      return await this.writeDown(verified, call, (stored) => this.renewer.isDue(stored.expiresAt));
    } catch (error) {
      if (!(error instanceof RenewalDue)) throw error;
      await this.renewer.ensureFresh(verified.grant.connectionId);
      return this.writeDown(verified, call, () => false);
    }
  }

  private async seal(
    { ciphertext, version, fieldKeyId, fieldKey }: Stored,
    grant: LeaseGrant,
    workerKey: string,
    call: Call,
  ): Promise<Buffer> {
    const { orgId, connectionId } = grant;
    const found = fieldKeyId && fieldKey ? { id: fieldKeyId, wrapped: fieldKey } : null;
    const wiped: Buffer[] = [];
    const keep = (bytes: Buffer) => (wiped.push(bytes), bytes);
    try {
      const { key } = await this.dataKeys.openFound(found, orgId, 'field-hash', call);
      keep(key);
      const credential = keep(await openCredential(this.keys, { orgId, connectionId, version: version! }, ciphertext!));
      return await sealTo(workerKey, keep(withFieldKey(credential, key)), leaseInfo(grant));
    } catch (error) {
      if (isCryptoError(error, 'lease-malformed')) throw new LeaseRefusal(error.code, grant, error);
      // The organization was closed between our look and this: its key is gone.
      if (isCryptoError(error, 'key-not-found')) throw new LeaseRefusal('connection-revoked', grant, error);
      throw error;
    } finally {
      wiped.forEach((bytes) => bytes.fill(0));
    }
  }

  /**
   * Locks the connection against a revocation at the same time, looks, and writes the lease with its ledger entry. What
   * goes wrong afterwards leaves an entry about a lease that nobody got, and another one that says why.
   * @throws RenewalDue, with nothing written
   */
  private async writeDown(verified: VerifiedGrant, call: Call, isDue: (stored: Stored) => boolean): Promise<Stored> {
    const { grant } = verified;
    const { grantId, orgId, connectionId, purpose } = grant;
    try {
      return await call.act(
        async (tx, about) => {
          await tx.query(LOCK, [connectionId]);
          const [stored] = await tx.query<Stored>(STORED, [connectionId]);
          if (!stored) throw new Problem(kernelProblems.notFound);
          if (stored.state === 'revoked' || !stored.ciphertext) throw new LeaseRefusal('connection-revoked', grant);
          if (stored.health !== 'working') throw new LeaseRefusal('reconnect-needed', grant);
          if (isDue(stored)) throw new RenewalDue();
          await writeLog(tx, verified, this.runtime.clock);
          const target = { kind: 'connection', id: connectionId };
          about({ orgId, target, details: { grantId, purpose, ...partitionOf(grant) } });
          return stored;
        },
        { orgId },
      );
    } catch (error) {
      throw isUniqueViolation(error) ? new LeaseRefusal('grant-replayed', grant, error) : error;
    }
  }

  private reportRefusal({ reason, grant }: LeaseRefusal, call: Call): Promise<string> {
    const known = grant && { orgId: grant.orgId, target: { kind: 'connection', id: grant.connectionId } };
    return call.tx(
      (tx) => tx.audit({ event: 'credential.lease-refused', outcome: 'failure', details: { reason }, ...known }),
      {},
    );
  }
}

function partitionOf(grant: LeaseGrant) {
  return grant.purpose === 'run'
    ? { runId: grant.runId, partitionId: grant.partitionId, fence: grant.fence }
    : undefined;
}

/** Called when the connection's row is locked, so that its instant is before any later revocation's. */
async function writeLog(tx: Tx, { grant, expiresAt }: VerifiedGrant, clock: Clock): Promise<void> {
  const { orgId, connectionId, grantId, purpose, workerKey } = grant;
  const { runId = null, partitionId = null, fence = null } = partitionOf(grant) ?? {};
  await tx.query(
    `insert into lease_log (id, org_id, connection_id, grant_id, purpose, worker_key, at, expires_at, run_id, partition_id, fence)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      ...[newId(clock), orgId, connectionId, grantId, purpose, workerKey],
      ...[clock.now(), expiresAt, runId, partitionId, fence],
    ],
  );
}
