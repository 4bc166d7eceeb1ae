import { approveRun, estimatePipeline, type Input, readBudget, setBudget } from '@millrace/contracts';
import { newId } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { Admission } from '../admission/admission.js';
import { ConnectionDesk } from '../connection/inspect-connection.js';
import { ApproveRun } from './approve-run.js';
import { connectionBudgets } from './budget.table.js';
import { EstimatePipeline } from './estimate-pipeline.js';
import { viewBudget } from './use-of-month.js';

@Controller()
export class BudgetOperations {
  constructor(
    private readonly desk: ConnectionDesk,
    private readonly estimator: EstimatePipeline,
    private readonly approver: ApproveRun,
    private readonly admission: Admission,
  ) {}

  @Handles(readBudget)
  async read({ connectionId }: Input<typeof readBudget>, call: Call) {
    await this.desk.active(call, call.user.orgId, connectionId);
    return call.tx((tx) => viewBudget(tx, connectionId, call.clock.now()));
  }

  @Handles(setBudget)
  async set({ connectionId, monthlyBytes, monthlyRecords }: Input<typeof setBudget>, call: Call) {
    const { orgId } = call.user;
    await this.desk.active(call, orgId, connectionId);
    const view = await call.act(async (tx, about) => {
      const budgets = tx.table(connectionBudgets);
      const known = await budgets.findOne({ where: { connectionId }, lock: { mode: 'pessimistic_write' } });
      const limits = { monthlyBytes: monthlyBytes ?? null, monthlyRecords: monthlyRecords ?? null };
      if (monthlyBytes === undefined && monthlyRecords === undefined) await budgets.delete({ connectionId });
      else {
        const id = known?.id ?? newId(call.clock);
        await budgets.save({ id, orgId, connectionId, ...limits, updatedAt: call.clock.now() } as never);
      }
      // What waits asks again: it may fit now.
      await tx.query(
        `update partition p set needs_approval = false, not_before = null from run r
         where r.id = p.run_id and r.source_connection_id = $1 and p.needs_approval`,
        [connectionId],
      );
      about({
        target: { kind: 'connection', id: connectionId },
        details: {
          ...(monthlyBytes === undefined ? {} : { monthlyBytes }),
          ...(monthlyRecords === undefined ? {} : { monthlyRecords }),
        },
      });
      return viewBudget(tx, connectionId, call.clock.now());
    });
    this.admission.kick();
    return view;
  }

  @Handles(estimatePipeline)
  estimate(input: Input<typeof estimatePipeline>, call: Call) {
    return this.estimator.execute(input, call);
  }

  @Handles(approveRun)
  approve(input: Input<typeof approveRun>, call: Call) {
    return this.approver.execute(input, call);
  }
}
