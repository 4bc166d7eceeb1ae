import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';

/** Writes the digest of the charter in force into the ledger, once per charter. */
export class CharterPublisher {
  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {}

  async publish(): Promise<void> {
    const { charter, clock } = this.runtime;
    const { digest, name, version, effectiveAt } = charter;
    await this.database.region({ kind: 'service' }, async (tx) => {
      const fresh = await tx.query(
        `insert into charter_version (digest, charter, version, effective_at, published_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing returning 1`,
        [digest, name, version, effectiveAt, clock.now()],
      );
      if (!fresh.length) return;
      await tx.audit({
        event: 'charter.effective',
        details: { charter: name, version, digest, effectiveAt: effectiveAt.toISOString() },
      });
    });
  }
}
