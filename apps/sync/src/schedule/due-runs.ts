import { RelayLoop } from '@millrace/messaging';
import type { Database, Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import type { Admission } from '../admission/admission.js';
import { nextDue, type PipelineDocument } from '../engine/index.js';
import { pipelines } from '../pipeline/pipeline.table.js';
import { planRun } from '../run/plan-run.js';
import { runDetails } from '../run/run-details.js';
import { isActive } from '../run/start-run.js';

/** Pipelines looked at in one go; what is left follows at once. */
const BATCH = 50;

type Due = { id: string; org_id: string };

/**
 * Starts pipelines that are due. The moment lies beside the pipeline, so that it changes with the schedule in one
 * transaction, and several replicas may look: whoever locks a pipeline first starts it. A region that was down starts each
 * overdue pipeline once, not once for every moment that it missed.
 */
export class DueRuns {
  private readonly loop: RelayLoop;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly admission: Admission,
  ) {
    this.loop = new RelayLoop(
      () => this.startDue(),
      (error) => runtime.instruments.unexpected(error, { event: 'sync.schedule' }),
    );
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** Starts one batch of due pipelines; answers whether there may be more. */
  async startDue(): Promise<boolean> {
    const due = await this.due();
    const outcomes = await Promise.all(due.map((one) => this.startOne(one)));
    if (outcomes.includes('started')) this.admission.kick();
    // Those that wait for their own last run stay due; to look again at once would be idle.
    return due.length === BATCH && outcomes.some((outcome) => outcome !== 'waits');
  }

  private due(): Promise<Due[]> {
    return this.database.region({ kind: 'service' }, (tx) =>
      tx.query<Due>(
        `select p.id, p.org_id from pipeline p where p.next_run_at <= $1
           and (p.document->>'overlap' <> 'queue' or not exists (select 1 from run r where r.pipeline_id = p.id and r.ended_at is null))
         order by p.next_run_at limit ${BATCH}`,
        [this.runtime.clock.now()],
      ),
    );
  }

  private startOne({ id, org_id: orgId }: Due): Promise<'started' | 'skipped' | 'waits'> {
    const { clock } = this.runtime;
    return this.database.scoped({ orgId }, { kind: 'service', orgId }, async (tx) => {
      const pipeline = await tx.table(pipelines).findOne({
        where: { id },
        lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
      });
      const now = clock.now();
      if (!pipeline?.nextRunAt || pipeline.nextRunAt > now) return 'skipped';
      const { overlap, schedule } = pipeline.document as unknown as PipelineDocument;
      const active = await isActive(tx, id);
      if (active && overlap === 'queue') return 'waits';
      // Of one that goes on without an end the end of its run decides.
      const goesOn = schedule !== undefined && 'continuously' in schedule;
      const nextRunAt = goesOn ? null : ((schedule && nextDue(schedule, now)) ?? null);
      await tx.table(pipelines).update({ id }, { nextRunAt });
      if (active) return 'skipped';
      await startScheduled(tx, pipeline, this.runtime);
      return 'started';
    });
  }
}

async function startScheduled(tx: Tx, pipeline: Row<typeof pipelines>, { clock }: Runtime): Promise<void> {
  const trigger = pipeline.runsAfter === null ? 'schedule' : 'pipeline';
  const { run } = await planRun(tx, pipeline, { trigger, startedBy: null }, clock);
  await tx.audit({
    event: 'run.started',
    orgId: run.orgId,
    target: { kind: 'run', id: run.id },
    details: runDetails(run),
  });
}
