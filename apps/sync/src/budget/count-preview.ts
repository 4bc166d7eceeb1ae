import { syncProblems } from '@millrace/contracts';
import { type Clock, newId, Problem } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import { connectionBudgets, queryEstimates } from './budget.table.js';
import { fits, monthOf, useOfMonth } from './use-of-month.js';

export interface PreviewQuery {
  readonly orgId: string;
  readonly connectionId: string;
  readonly stream: string;
  /** Most that it reads. */
  readonly records: number;
}

/**
 * Takes the records of a preview out of what is left of its connection's month; undefined where nothing is limited. A preview
 * does not wait for an approval: somebody looks at the screen.
 * @returns the row that counts it
 * @throws Problem `sync.over-budget`
 */
export async function countPreview(tx: Tx, query: PreviewQuery, clock: Clock): Promise<string | undefined> {
  const { orgId, connectionId, stream, records } = query;
  const lock = { mode: 'pessimistic_write' } as const;
  const budget = await tx.table(connectionBudgets).findOne({ where: { connectionId }, lock });
  if (!budget) return undefined;
  const [id, now] = [newId(clock), clock.now()];
  const month = monthOf(now);
  if (!fits(budget, await useOfMonth(tx, connectionId, month), { records, bytes: 0 }))
    throw new Problem(syncProblems.overBudget);
  // It belongs to no run; its own id stands for both.
  const own = { id, runId: id, partitionId: id, orgId, connectionId, streamName: stream, month, createdAt: now };
  const counted = { estimatedBytes: null, estimatedRecords: records, readBytes: 0, readRecords: records };
  await tx.table(queryEstimates).insert({ ...own, ...counted, decision: 'within-budget', isDone: true });
  return id;
}

/** Adds the bytes that a preview turned out to read. */
export async function notePreview(tx: Tx, id: string, bytes: number): Promise<void> {
  await tx.table(queryEstimates).update({ id }, { readBytes: bytes });
}
