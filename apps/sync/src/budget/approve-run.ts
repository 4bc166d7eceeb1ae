import { type approveRun, type Input, kernelProblems, type Run, syncProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Admission } from '../admission/admission.js';
import { hasEnded, lockRun } from '../run/end-run.js';
import { partitionsOf, viewRun } from '../run/run-view.js';
import { connectionBudgets } from './budget.table.js';
import { monthOf } from './use-of-month.js';

/** Without another word an approved query may read this many times what was estimated, or was read so far: estimates err. */
const ROOM = 2;

/** Lets the waiting queries of a run go on, up to a limit each. */
export class ApproveRun {
  constructor(private readonly admission: Admission) {}

  async execute({ runId, maxBytes, maxRecords }: Input<typeof approveRun>, call: Call): Promise<Run> {
    const { userId } = call.user;
    const view = await call.act(async (tx, about) => {
      const run = await lockRun(tx, runId);
      if (!run) throw new Problem(kernelProblems.notFound);
      if (hasEnded(run)) throw new Problem(syncProblems.runEnded);
      const budget = await tx.table(connectionBudgets).findOneBy({ connectionId: run.sourceConnectionId });
      // What the budget does not limit is not limited by an approval either, unless it says so.
      const cap = (what: 'bytes' | 'records', given: string, isLimited: string) =>
        `coalesce(${given}::bigint, case when ${isLimited} then nullif(${ROOM} * (greatest(estimated_${what}, read_${what}) + listed_${what}), 0) end)`;
      const now = call.clock.now();
      const isLimited = [budget?.monthlyBytes, budget?.monthlyRecords].map((limit) => typeof limit === 'number');
      const approved = await tx.query<{ bytes: number | null; records: number | null }>(
        `update query_estimate set decision = 'approved', approved_by = $2, approved_at = $3, month = $4,
           max_bytes = ${cap('bytes', '$5', '$7::boolean')}, max_records = ${cap('records', '$6', '$8::boolean')}
         where run_id = $1 and decision = 'waiting'
         returning (estimated_bytes + listed_bytes)::float8 as bytes, (estimated_records + listed_records)::float8 as records`,
        [runId, userId, now, monthOf(now), maxBytes ?? null, maxRecords ?? null, ...isLimited],
      );
      if (approved.length === 0) throw new Problem(syncProblems.nothingToApprove);
      await tx.query(
        `update partition set needs_approval = false, not_before = null where run_id = $1 and needs_approval`,
        [runId],
      );
      const sum = (of: (row: (typeof approved)[number]) => number | null) =>
        approved.reduce((total, row) => total + (of(row) ?? 0), 0);
      about({
        target: { kind: 'run', id: runId },
        details: {
          connectionId: run.sourceConnectionId,
          queries: approved.length,
          estimatedBytes: sum(({ bytes }) => bytes),
          estimatedRecords: sum(({ records }) => records),
          ...(maxBytes === undefined ? {} : { maxBytes }),
          ...(maxRecords === undefined ? {} : { maxRecords }),
        },
      });
      return viewRun(run, await partitionsOf(tx, runId));
    });
    this.admission.kick();
    return view;
  }
}
