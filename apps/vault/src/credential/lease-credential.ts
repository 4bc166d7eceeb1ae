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
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
import { type ConnectionRow, settingsOf } from '../connection/connection.queries.js';
import { connections } from '../connection/connection.table.js';
import { type DataKeys, type WrappedDataKey } from '../data-key/data-keys.js';
import { type TokenRenewer } from '../grant/token-renewer.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { credentials } from './credential.table.js';
import { type GrantVerifier, LeaseRefusal, type VerifiedGrant } from './grant-verifier.js';
import { leaseLog } from './lease-log.table.js';
import { openCredential, withFieldKey } from './sealed-credential.js';

interface Stored {
  readonly connection: ConnectionRow;
  readonly ciphertext: Buffer;
  readonly version: number;
  readonly expiresAt: Date | null;
  readonly fieldKey: WrappedDataKey | null;
}

/** Gives a worker a credential, sealed to that worker's key, against a grant that sync signed for it. */
export class LeaseCredential {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: OrganizationKeys,
    private readonly dataKeys: DataKeys,
    private readonly grants: GrantVerifier,
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
      const { grant } = verified;
      const stored = await this.fresh(grant, call);
      const sealed = await this.seal(stored, grant, workerKey, call);
      await this.writeDown(verified, call);
      return {
        ...settingsOf(stored.connection),
        sealed: sealed.toString('base64url'),
        ...(stored.expiresAt ? { expiresAt: stored.expiresAt.toISOString() } : {}),
      };
    } catch (error) {
      if (error instanceof LeaseRefusal) await this.reportRefusal(error, call);
      throw error;
    }
  }

  /** What is stored, with a token that lives for a while: one that is about to end is renewed first. */
  private async fresh(grant: LeaseGrant, call: Call): Promise<Stored> {
    const look = () => call.tx((tx) => this.find(tx, grant), { orgId: grant.orgId });
    const stored = await look();
    if (!this.renewer.isDue(stored.expiresAt)) return stored;
    await this.renewer.ensureFresh(grant.connectionId);
    return look();
  }

  private async find(tx: Tx, grant: LeaseGrant): Promise<Stored> {
    const connection = await tx.table(connections).findOneBy({ id: grant.connectionId });
    if (!connection) throw new Problem(kernelProblems.notFound);
    const [credential] = await tx
      .table(credentials)
      .find({ where: { connectionId: connection.id }, order: { version: 'desc' }, take: 1 });
    if (connection.state === 'revoked' || !credential?.ciphertext) throw new LeaseRefusal('connection-revoked', grant);
    if (connection.health !== 'working') throw new LeaseRefusal('reconnect-needed', grant);
    const { ciphertext, version, expiresAt } = credential;
    const fieldKey = await this.dataKeys.find(tx, grant.orgId, 'field-hash');
    return { connection, ciphertext, version, expiresAt, fieldKey };
  }

  private async seal(
    { connection, ciphertext, version, fieldKey }: Stored,
    grant: LeaseGrant,
    workerKey: string,
    call: Call,
  ): Promise<Buffer> {
    const { orgId, id: connectionId } = connection;
    const wiped: Buffer[] = [];
    const keep = (bytes: Buffer) => (wiped.push(bytes), bytes);
    try {
      const { key } = await this.dataKeys.openFound(fieldKey, orgId, 'field-hash', call);
      keep(key);
      const credential = keep(await openCredential(this.keys, { orgId, connectionId, version }, ciphertext));
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

  /** Locks the connection against a revocation at the same time, looks once more, and writes the lease with its ledger entry. */
  private async writeDown(verified: VerifiedGrant, call: Call): Promise<void> {
    const { grant } = verified;
    const { grantId, orgId, connectionId, purpose } = grant;
    const activeOnly = `select 1 from connection where id = $1 and state = 'active' for share`;
    try {
      await call.act(
        async (tx, about) => {
          const active = await tx.query(activeOnly, [connectionId]);
          if (active.length === 0) throw new LeaseRefusal('connection-revoked', grant);
          await tx.table(leaseLog).insert(logRow(verified, this.runtime.clock));
          const target = { kind: 'connection', id: connectionId };
          about({ orgId, target, details: { grantId, purpose, ...partitionOf(grant) } });
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

/** Made when the connection's row is locked, so that its instant is before any later revocation's. */
function logRow({ grant, expiresAt }: VerifiedGrant, clock: Clock): Row<typeof leaseLog> {
  const { orgId, connectionId, grantId, purpose, workerKey } = grant;
  const lease = { id: newId(clock), orgId, connectionId, grantId, purpose, workerKey, at: clock.now(), expiresAt };
  return { runId: null, partitionId: null, fence: null, ...partitionOf(grant), ...lease };
}
