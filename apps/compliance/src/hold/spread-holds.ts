import { type ContextName, contextOperations, type HoldOrder } from '@millrace/contracts';
import { delay } from '@millrace/kernel';
import { RelayLoop } from '@millrace/messaging';
import type { Database, Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { waitingContexts } from './hold-view.js';
import { holds } from './hold.table.js';

const COMPLIANCE = { kind: 'service', name: 'compliance' } as const;
/** How long an officer waits for the services; afterwards it goes on without them. */
const PATIENCE_MS = 10_000;

/**
 * Has every service keep to the holds that are in force, however long one of them is down. Erasures that a hold kept open go
 * on once every service has heard of its release.
 */
export class SpreadHolds {
  private readonly loop: RelayLoop;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {
    this.loop = new RelayLoop(
      async () => {
        await this.pass();
        return false;
      },
      () => runtime.log.warn('legal holds wait for a service that does not answer'),
    );
  }

  /** Called by the container when the service has started. */
  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Called by the container before the service stops. */
  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Tells the services now; answers when they have been told or patience ends, and never fails: what is left is tried again. */
  async now(): Promise<void> {
    const patience = new AbortController();
    const tooLong = delay(PATIENCE_MS, patience.signal).catch(() => undefined);
    await Promise.race([this.pass().catch(() => undefined), tooLong]);
    patience.abort();
  }

  private async pass(): Promise<void> {
    await this.noteOverdue();
    const { version, contexts } = await this.region(waitingContexts);
    if (contexts.length > 0) {
      const order = await this.region((tx) => orderOf(tx, version));
      const told = await Promise.allSettled(contexts.map((context) => this.tell(context, order)));
      const failed = told.find((one) => one.status === 'rejected');
      if (failed) throw failed.reason;
    }
    await this.region(reopen);
  }

  private async tell(context: ContextName, order: HoldOrder): Promise<void> {
    const { keepHolds } = contextOperations(context);
    const { version } = await this.runtime.client.call(keepHolds, order, COMPLIANCE);
    await this.region((tx) =>
      tx.query(
        `insert into hold_list (context, version) values ($1, $2)
         on conflict (context) do update set version = greatest(hold_list.version, excluded.version)`,
        [context, version],
      ),
    );
  }

  /** A hold that nobody has reviewed in time goes on, and the ledger says so. */
  private async noteOverdue(): Promise<void> {
    const now = this.runtime.clock.now();
    await this.region(async (tx) => {
      const overdue = await tx.query<{ id: string }>(
        'update hold set overdue_since = $1 where released_at is null and overdue_since is null and review_at <= $1 returning id',
        [now],
      );
      for (const { id } of overdue) await tx.audit({ event: 'hold.review-due', target: { kind: 'hold', id } });
    });
  }

  private region<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'service' }, work);
  }
}

/** The holds in force; a list that changes meanwhile has another version by then. */
async function orderOf(tx: Tx, version: number): Promise<HoldOrder> {
  const rows = await tx.table(holds).find({ order: { id: 'ASC' } });
  const inForce = rows.filter(({ releasedAt }) => releasedAt === null);
  return {
    version,
    holds: inForce.map(({ id, keys, orgId, rowsFrom, rowsUntil }) => ({
      holdId: id,
      ...(keys ? { subject: keys } : {}),
      ...(orgId ? { orgId } : {}),
      ...(rowsFrom ? { from: rowsFrom.toISOString() } : {}),
      ...(rowsUntil ? { until: rowsUntil.toISOString() } : {}),
    })),
  };
}

/** Erasures that were held, where the list of holds has changed since: they find out what is held now. */
async function reopen(tx: Tx): Promise<void> {
  const { version } = await waitingContexts(tx);
  const cases = await tx.query<{ id: string }>(
    `update rights_case set state = 'open', held_by_list = null where state = 'held' and held_by_list < $1 returning id`,
    [version],
  );
  if (cases.length === 0) return;
  await tx.query(`update case_task set state = 'waiting' where case_id = any($1::uuid[])`, [cases.map(({ id }) => id)]);
}
