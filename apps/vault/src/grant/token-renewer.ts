import { type ConnectionHealth, connectionUnhealthy, vaultProblems } from '@millrace/contracts';
import { isCryptoError } from '@millrace/crypto';
import { delay, newId, Problem } from '@millrace/kernel';
import { type Database, type Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { destroyCredential, insertCredential, isCurrent } from '../credential/credential.queries.js';
import { openRenewal, type SealedProofs, sealProofs } from '../credential/sealed-credential.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { ProviderError } from '../provider/provider-error.js';
import { type Claim, claimRenewal, endTask, postponeTask, releaseTask, undoClaim } from '../provider/task-claims.js';
import { renewalDue } from './proofs-of-grant.js';
import { findGrant, type StoredGrant } from './stored-grant.js';
import { type TokenSources } from './token-sources.js';

/** A lease gives no token that ends sooner than this. */
const FRESH_MS = 30_000;
/** How long a lease waits for somebody else's renewal: about as long as a provider has. */
const WAIT_MS = 15_000;
const LOOK_AGAIN_MS = 100;

/** What became of an attempt. `superseded`: somebody else was first, or the connection ended meanwhile. */
type Outcome = 'renewed' | 'superseded' | 'unhealthy' | 'postponed';

/**
 * Renews tokens ahead of their end, each by one vault at a time however many there are.
 *
 * A provider that rotates refresh tokens gives the next one once. Between its answer and our commit a process may die:
 * whoever takes over tries the former token, which many providers take for a while longer; where it is refused, the
 * connection says that it needs somebody (`interrupted`) rather than failing without a reason.
 */
export class TokenRenewer {
  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly keys: OrganizationKeys,
    private readonly sources: TokenSources,
  ) {}

  /** Whether a token ends too soon to be given to anybody. */
  isDue(expiresAt: Date | null): boolean {
    return expiresAt !== null && expiresAt <= this.soon();
  }

  /**
   * Returns once the connection's token lives for a while longer, renewing it if need be.
   * @throws Problem `vault.provider-unreachable` when that cannot be had now
   */
  async ensureFresh(connectionId: string): Promise<void> {
    const until = this.runtime.clock.now().getTime() + WAIT_MS;
    while (this.runtime.clock.now().getTime() < until) {
      const claim = await this.region((tx) => this.claimUnlessSettled(tx, connectionId));
      if (claim === 'settled') return;
      if (!claim) await delay(LOOK_AGAIN_MS);
      else if ((await this.renew(claim)) === 'postponed') break;
    }
    throw new Problem(vaultProblems.providerUnreachable);
  }

  private async claimUnlessSettled(tx: Tx, connectionId: string): Promise<Claim | 'settled' | undefined> {
    if (await this.isSettled(tx, connectionId)) return 'settled';
    const claim = await claimRenewal(tx, connectionId, this.runtime.clock.now());
    // Whoever had the claim before us may have renewed the token since we looked.
    if (!claim || !(await this.isSettled(tx, connectionId))) return claim;
    await undoClaim(tx, claim);
    return 'settled';
  }

  /** Fresh, or beyond what a renewal could do. */
  private async isSettled(tx: Tx, connectionId: string): Promise<boolean> {
    const settled = await tx.query(
      `select 1 from connection c join credential r on r.connection_id = c.id and r.destroyed_at is null
        where c.id = $1 and c.state = 'active' and c.health = 'working' and r.expires_at <= $2`,
      [connectionId, this.soon()],
    );
    return settled.length === 0;
  }

  private soon(): Date {
    return new Date(this.runtime.clock.now().getTime() + FRESH_MS);
  }

  /** One attempt. What goes wrong with one connection stops no other. */
  async renew(claim: Claim): Promise<Outcome> {
    const { connectionId } = claim;
    const stored = await this.region((tx) => findGrant(tx, connectionId));
    if (!stored || stored.connection.state !== 'active') {
      await this.region((tx) => endTask(tx, connectionId));
      return 'superseded';
    }
    try {
      return await this.attempt(stored);
    } catch (error) {
      // The organization was closed, and its key with it.
      if (isCryptoError(error, 'key-not-found')) return 'superseded';
      return this.failed(claim, stored, error);
    }
  }

  private async attempt(stored: StoredGrant): Promise<Outcome> {
    const { connection, version } = stored;
    const { orgId, id: connectionId } = connection;
    const renewal = await openRenewal(this.keys, { orgId, connectionId, version }, stored.renewal);
    const renewed = await this.sources.renew(connection, renewal);
    if (renewed === 'expired') return this.unhealthy(stored, 'expired');
    if (renewed === 'scope-changed') return this.unhealthy(stored, 'scope-changed');
    const sealed = await sealProofs(this.keys, { orgId, connectionId, version: version + 1 }, renewed);
    const outcome = await this.region((tx) => this.replace(tx, stored, sealed));
    // It ended while the provider was renewing it: what came of that is ended too.
    if (outcome === 'superseded') await this.sources.giveBack(connection, renewed);
    return outcome;
  }

  private async replace(tx: Tx, { connection, version }: StoredGrant, sealed: SealedProofs): Promise<Outcome> {
    const { id: connectionId, orgId } = connection;
    if (!(await isCurrent(tx, connectionId, version))) return 'superseded';
    const now = this.runtime.clock.now();
    await destroyCredential(tx, connectionId, now);
    await insertCredential(tx, { id: newId(this.runtime.clock), orgId, connectionId, createdAt: now, ...sealed });
    const { expiresAt } = sealed;
    if (expiresAt) await releaseTask(tx, connectionId, renewalDue(now, expiresAt.getTime() - now.getTime()));
    else await endTask(tx, connectionId);
    return 'renewed';
  }

  private async failed(claim: Claim, stored: StoredGrant, error: unknown): Promise<Outcome> {
    const fault = error instanceof ProviderError ? error.fault : undefined;
    // An attempt before this one may have used the token up, whether whoever made it died or was not heard.
    const isUncertain = claim.interrupted || claim.attempts > 1;
    if (fault === 'refused') return this.unhealthy(stored, isUncertain ? 'interrupted' : 'revoked');
    if (!fault) this.runtime.log.error('a token could not be renewed', {}, error);
    // Not the customer's to mend, and perhaps mended in a while.
    else if (fault !== 'unreachable') this.runtime.log.error('a provider refuses this region’s client', {}, error);
    await this.region((tx) => postponeTask(tx, claim, this.runtime.clock.now()));
    return 'postponed';
  }

  private unhealthy({ connection, version }: StoredGrant, health: ConnectionHealth): Promise<Outcome> {
    return this.region(async (tx) => {
      const { id: connectionId, orgId } = connection;
      // Whoever was before us may have succeeded after all.
      if (!(await isCurrent(tx, connectionId, version))) return 'superseded';
      await endTask(tx, connectionId);
      await markHealth(tx, { connectionId, orgId }, health);
      return 'unhealthy';
    });
  }

  private region<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'service' }, work);
  }
}

/** Notes what is wrong with a connection, and has its owners told. */
export async function markHealth(
  tx: Tx,
  { connectionId, orgId }: { connectionId: string; orgId: string },
  health: ConnectionHealth,
): Promise<void> {
  await tx.query('update connection set health = $2 where id = $1', [connectionId, health]);
  await tx.audit({
    event: 'connection.unhealthy',
    orgId,
    target: { kind: 'connection', id: connectionId },
    outcome: 'failure',
    details: { health },
  });
  await tx.emit(connectionUnhealthy, { orgId, connectionId, health });
}
