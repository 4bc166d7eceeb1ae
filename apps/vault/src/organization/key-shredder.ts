import { RelayLoop } from '@millrace/messaging';
import { type Database } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { endingSince, isEndingGrants, noteKeyDestroyed } from './closed-organization.js';
import { type OrganizationKeys } from './organization-keys.js';

const BATCH = 20;
/**
 * Destroys the keys of closed organizations once the closing is committed and their grants are ended. What is still to be
 * destroyed is a row, so a crash in between loses nothing: destroying twice is harmless.
 */
export class KeyShredder {
  private readonly loop: RelayLoop;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly keys: OrganizationKeys,
  ) {
    this.loop = new RelayLoop(
      () => this.pass(),
      () => runtime.log.error('keys of closed organizations cannot be destroyed'),
    );
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Destroys one batch; answers whether there may be more. */
  async pass(): Promise<boolean> {
    const due = await this.database.region({ kind: 'service' }, (tx) =>
      tx.query<{ org_id: string }>(
        `select org_id from closed_organization o where key_destroyed_at is null
            and not ${isEndingGrants('o', '$2')}
            and not exists (select 1 from legal_hold h where h.org_id = o.org_id)
          order by closed_at limit $1`,
        [BATCH, endingSince(this.runtime.clock)],
      ),
    );
    for (const { org_id: orgId } of due) {
      await this.keys.destroy(orgId);
      await this.database.region({ kind: 'service' }, (tx) => noteKeyDestroyed(tx, orgId, this.runtime.clock));
    }
    return due.length === BATCH;
  }
}
