import { charterNameOf } from '@millrace/contracts';
import { isCryptoError } from '@millrace/crypto';
import { addDuration } from '@millrace/kernel';
import { type Database, type Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { type ConnectionRow } from '../connection/connection.queries.js';
import { openRenewal } from '../credential/sealed-credential.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { type Claim, postponeTask } from '../provider/task-claims.js';
import { settleGrant } from './settle-grant.js';
import { findGrant } from './stored-grant.js';
import { type TokenSources } from './token-sources.js';

/**
 * Ends grants of revoked connections at the provider. One that does not answer is asked again until the charter's time to
 * forget the credential is over; until then the connection shows that its end is pending there.
 */
export class GrantEnder {
  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly keys: OrganizationKeys,
    private readonly sources: TokenSources,
  ) {}

  async end(claim: Claim): Promise<void> {
    const { connectionId, orgId } = claim;
    const stored = await this.region((tx) => findGrant(tx, connectionId));
    if (!stored) return this.settle(claim, 'given-up');
    const { connection, version } = stored;
    try {
      const renewal = await openRenewal(this.keys, { orgId, connectionId, version }, stored.renewal);
      await this.sources.end(connection, renewal);
    } catch (error) {
      // The organization was closed, and its key destroyed: nobody can open the token any more, nor end it.
      if (isCryptoError(error, 'key-not-found') || this.isOver(connection)) return this.settle(claim, 'given-up');
      this.runtime.log.warn('a grant could not be ended at its provider and will be tried again', {}, error);
      return this.region((tx) => postponeTask(tx, claim, this.runtime.clock.now()));
    }
    return this.settle(claim, 'done');
  }

  /** Whether the charter's time to forget the credential is over. */
  private isOver({ provider, revokedAt }: ConnectionRow): boolean {
    const { charter, clock } = this.runtime;
    const forgetWithin = charter.document.connectors[charterNameOf(provider)]?.forgetWithin;
    return !revokedAt || !forgetWithin || addDuration(revokedAt, forgetWithin) <= clock.now();
  }

  private settle(claim: Claim, atProvider: 'done' | 'given-up'): Promise<void> {
    return this.region((tx) => settleGrant(tx, claim, atProvider));
  }

  private region<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'service' }, work);
  }
}
