import {
  type Case,
  CASES_PER_PAGE,
  type CaseSummary,
  type Input,
  kernelProblems,
  type listCases,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { rightsCases } from './case.tables.js';

type CaseRow = Row<typeof rightsCases>;

/** The register of requests as officers see it: by when, and why; never by whom. */
export class CaseRegister {
  async list({ state, after }: Input<typeof listCases>, call: Call): Promise<{ cases: CaseSummary[]; next?: string }> {
    const now = call.clock.now();
    const rows = await call.tx(async (tx) => {
      const page = await tx.query<{ id: string }>(
        `select id from rights_case where case when $1::text is null then state <> 'done' else state = $1 end
           and ($2::uuid is null or (target_at, id) > (select target_at, id from rights_case where id = $2))
         order by target_at, id limit ${CASES_PER_PAGE + 1}`,
        [state ?? null, after ?? null],
      );
      if (page.length === 0) return [];
      const found = await tx.table(rightsCases).findBy(page.map(({ id }) => ({ id })));
      const byId = new Map(found.map((row) => [row.id, row]));
      return page.flatMap(({ id }) => byId.get(id) ?? []);
    }, 'region');
    const cases = rows.slice(0, CASES_PER_PAGE).map((row) => summaryOf(row, now));
    return { cases, ...(rows.length > CASES_PER_PAGE ? { next: cases.at(-1)!.caseId } : {}) };
  }

  /** @throws Problem `kernel.not-found` */
  async read(caseId: string, call: Call): Promise<Case> {
    const row = await call.tx((tx) => tx.table(rightsCases).findOneBy({ id: caseId }), 'region');
    if (!row) throw new Problem(kernelProblems.notFound);
    const { clocks, ruleVersion, calendarVersion } = row.clocks;
    return {
      ...summaryOf(row, call.clock.now()),
      clocks: clocks.map(({ targetAt: _target, latestAt: _latest, ...clock }) => clock),
      ruleVersion,
      calendarVersion,
    };
  }
}

function summaryOf(row: CaseRow, now: Date): CaseSummary {
  const { id: caseId, type, state, receivedAt, targetAt, latestAt, clocks, completedAt, outcome } = row;
  return {
    caseId,
    type,
    state,
    receivedAt: receivedAt.toISOString(),
    targetAt: targetAt.toISOString(),
    latestAt: latestAt.toISOString(),
    why: clocks.why,
    latestWhy: clocks.latestWhy,
    isOverdue: state !== 'done' && targetAt < now,
    ...(completedAt ? { completedAt: completedAt.toISOString() } : {}),
    ...(outcome ? { outcome } : {}),
  };
}
