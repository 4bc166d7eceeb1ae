import { workQueue } from '@millrace/contracts';
import { RelayLoop } from '@millrace/messaging';
import type { Database, Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { PAUSED } from '../pause/paused.js';
import { type Busy, type Candidate, choosePartitions } from './choose-partitions.js';

/**
 * Partitions that lie in the queue without anybody working on them. Enough that a free worker never waits for us, few
 * enough that whoever comes next does not stand behind a long line of somebody else's.
 */
const MAX_OFFERED = 16;
/** Candidates of one organization and connection that are looked at; more than may ever be under way at once. */
const CANDIDATES_PER_CONNECTION = 64;

/** Hands waiting partitions to the workers' queue, fairly between organizations and gently to connections. */
export class Admission {
  /** Looks once a second too: for the end of a pause after a failure, and for what another replica committed. */
  private readonly loop: RelayLoop;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {
    this.loop = new RelayLoop(
      async () => {
        await this.admit();
        return false;
      },
      (error) => runtime.instruments.unexpected(error, { event: 'sync.admission' }),
    );
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** Says that somebody waits or that there is room again. Returns at once. */
  kick(): void {
    this.loop.wake();
  }

  /** Answers how many partitions were handed over. */
  private admit(): Promise<number> {
    const now = this.runtime.clock.now();
    return this.database.region({ kind: 'service' }, async (tx) => {
      // One replica at a time: two would both see the same room.
      await tx.query(`select pg_advisory_xact_lock(hashtext('sync.admission'))`);
      const [offered] = await tx.query<{ count: number }>(
        `select count(*)::int as count from partition where state = 'queued' and offered_at is not null`,
      );
      const room = MAX_OFFERED - offered!.count;
      if (room <= 0) return 0;
      const candidates = await waitingPartitions(tx, now);
      if (candidates.length === 0) return 0;
      const chosen = choosePartitions(candidates, await busyNow(tx), room);
      for (const { id, runId } of chosen) {
        await tx.query('update partition set offered_at = $2, touched_at = $2 where id = $1', [id, now]);
        await tx.enqueue(workQueue.subject, { runId, partitionId: id });
      }
      return chosen.length;
    });
  }
}

function waitingPartitions(tx: Tx, now: Date): Promise<Candidate[]> {
  return tx.query<Candidate>(
    `select id, "runId", "orgId", "connectionId", concurrency, priority from (
       select p.id, p.run_id as "runId", p.org_id as "orgId", r.source_connection_id as "connectionId", p.priority,
         r.concurrency, row_number() over (partition by p.org_id, r.source_connection_id order by p.priority desc, p.id) as place
       from partition p join run r on r.id = p.run_id
       where p.state = 'queued' and p.offered_at is null and p.lead is null and (not p.needs_approval or p.not_before <= $1) and (p.not_before is null or p.not_before <= $1) and not ${PAUSED}
     ) waiting where place <= ${CANDIDATES_PER_CONNECTION} order by id`,
    [now],
  );
}

async function busyNow(tx: Tx): Promise<Busy> {
  const rows = await tx.query<{ orgId: string; connectionId: string; count: number }>(
    `select p.org_id as "orgId", r.source_connection_id as "connectionId", count(*)::int as count
     from partition p join run r on r.id = p.run_id
     where p.lead is null and (p.state = 'running' or (p.state = 'queued' and p.offered_at is not null)) group by 1, 2`,
  );
  const organizations = new Map<string, number>();
  const connections = new Map<string, number>();
  for (const { orgId, connectionId, count } of rows) {
    organizations.set(orgId, (organizations.get(orgId) ?? 0) + count);
    connections.set(connectionId, (connections.get(connectionId) ?? 0) + count);
  }
  return { organizations, connections };
}
