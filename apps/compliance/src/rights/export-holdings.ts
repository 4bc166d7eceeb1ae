import {
  type ContextName,
  contextNames,
  contextOperations,
  type exportMe,
  kernelProblems,
  type Output,
  resolveSubject,
  type SubjectKeys,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { CaseDesk } from './case-desk.js';

/** Pages of 500 rows that one service may give; a person with more has the export made in parts, by hand. */
const MAX_PAGES = 100;

type Copy = Output<typeof exportMe>;
type ContextCopy = Copy['contexts'][number];

/** Gives people a copy of everything that every service holds about them. */
export class ExportHoldings {
  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly desk: CaseDesk,
  ) {}

  /** @throws Problem `kernel.unavailable` when a service does not answer: a copy is whole or it is none */
  async execute(call: Call): Promise<Copy> {
    const { charter, clock } = this.runtime;
    const keys = await call.ask(resolveSubject, { userId: call.user.userId });
    const { caseId } = await call.tx((tx) => this.desk.open(tx, 'access', keys));
    const contexts = await Promise.all(contextNames.map((context) => this.collect(context, keys, call)));
    const exportedAt = clock.now();
    await this.complete(caseId, exportedAt);
    const rows = contexts.flatMap((one) => one.tables).reduce((sum, one) => sum + one.rows.length, 0);
    await call.act(async (tx, about) => {
      await tx.query('delete from case_subject where case_id = $1', [caseId]);
      about({ target: { kind: 'case', id: caseId }, details: { contexts: contexts.length, rows } });
    });
    return { caseId, exportedAt: exportedAt.toISOString(), charter: charter.name, contexts };
  }

  private async collect(context: ContextName, subject: SubjectKeys, call: Call): Promise<ContextCopy> {
    const { exportHoldings } = contextOperations(context);
    const tables = new Map<string, ContextCopy['tables'][number]['rows']>();
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const { tables: found, next } = await call.ask(exportHoldings, { subject, cursor });
      for (const { table, rows } of found) tables.set(table, [...(tables.get(table) ?? []), ...rows]);
      if (next === undefined) return { context, tables: [...tables].map(([table, rows]) => ({ table, rows })) };
      cursor = next;
    }
    throw new Problem(kernelProblems.tooLarge, {
      detail: 'There is more about you than fits into one answer; write to the privacy contact.',
    });
  }

  private async complete(caseId: string, at: Date): Promise<void> {
    await this.database.region({ kind: 'service' }, (tx) =>
      tx.query(`update rights_case set state = 'done', completed_at = $2 where id = $1`, [caseId, at]),
    );
  }
}
