import { dropFeed } from '@millrace/contracts';
import { RelayLoop } from '@millrace/messaging';
import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { LeaseGrants } from '../partition/lease-grants.js';

/** A source that could not be reached is asked again after this time. */
const RETRY_AFTER_MS = 60_000;
const BATCH = 10;

interface Unwanted {
  readonly id: string;
  readonly orgId: string;
  readonly connectionId: string;
  readonly name: string;
}

/** Tells sources to forget the logs that they keep for pipelines which are gone or follow them no longer. */
export class FeedSweeper {
  private readonly loop: RelayLoop;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly grants: LeaseGrants,
  ) {
    this.loop = new RelayLoop(
      () => this.sweep(),
      (error) => runtime.instruments.unexpected(error, { event: 'sync.feed.sweep' }),
    );
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async sweep(): Promise<boolean> {
    const unwanted = await this.take();
    for (const one of unwanted) await this.drop(one);
    return unwanted.length === BATCH;
  }

  /** Those whose turn it is; nobody else tries them meanwhile. */
  private take(): Promise<Unwanted[]> {
    const now = this.runtime.clock.now();
    return this.database.region({ kind: 'service' }, (tx) =>
      tx.query<Unwanted>(
        `update feed set tried_at = $1 where id in (
           select id from feed where not wanted and (tried_at is null or tried_at < $2) limit ${BATCH} for update skip locked)
         returning id, org_id as "orgId", connection_id as "connectionId", name`,
        [now, new Date(now.getTime() - RETRY_AFTER_MS)],
      ),
    );
  }

  private async drop({ id, orgId, connectionId, name }: Unwanted): Promise<void> {
    const { client, log } = this.runtime;
    try {
      const ticket = await this.grants.ticketFor(orgId, connectionId);
      await client.call(dropFeed, { ticket, feed: name }, { kind: 'service', name: 'sync' });
    } catch {
      log.warn('a log that nobody needs is still kept by its source; removing it will be tried again');
      return;
    }
    await this.database.region({ kind: 'service' }, (tx) =>
      tx.query('delete from feed where id = $1 and not wanted', [id]),
    );
  }
}
