import { type ContextName, contextNames, type Hold } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { holds } from './hold.table.js';

export type HoldRow = Row<typeof holds>;

/** The row of {@link holdLists} that says which list is in force. */
export const IN_FORCE = '';

/** Services that keep to an older list than the one in force. */
export async function waitingContexts(tx: Tx): Promise<{ version: number; contexts: ContextName[] }> {
  const rows = await tx.query<{ context: string; version: string }>('select context, version from hold_list');
  const versionOf = (context: string) => Number(rows.find((one) => one.context === context)?.version ?? 0);
  const version = versionOf(IN_FORCE);
  return { version, contexts: contextNames.filter((context) => versionOf(context) < version) };
}

/** Holds as officers see them: those in force first, the newest of them on top. */
export async function viewHolds(tx: Tx, now: Date, holdId?: string): Promise<Hold[]> {
  const rows = await tx.table(holds).find({
    ...(holdId ? { where: { id: holdId } } : {}),
    order: { releasedAt: { direction: 'DESC', nulls: 'FIRST' }, placedAt: 'DESC' },
  });
  const { contexts } = await waitingContexts(tx);
  const cases = await heldCases(tx);
  return rows.map((row) => ({
    holdId: row.id,
    ...(row.userId ? { userId: row.userId } : {}),
    ...(row.orgId ? { orgId: row.orgId } : {}),
    ...(row.rowsFrom ? { from: row.rowsFrom.toISOString() } : {}),
    ...(row.rowsUntil ? { until: row.rowsUntil.toISOString() } : {}),
    reason: row.reason,
    state: stateOf(row, contexts.length > 0, now),
    waitingFor: contexts,
    placedAt: row.placedAt.toISOString(),
    reviewAt: row.reviewAt.toISOString(),
    ...(row.releasedAt ? { releasedAt: row.releasedAt.toISOString() } : {}),
    heldCases: row.releasedAt ? [] : cases.filter((one) => concerns(row, one)).map(({ id }) => id),
  }));
}

function stateOf({ releasedAt, reviewAt }: HoldRow, isComing: boolean, now: Date): Hold['state'] {
  if (releasedAt) return 'released';
  if (reviewAt <= now) return 'review-due';
  return isComing ? 'coming' : 'in-force';
}

interface HeldCase {
  readonly id: string;
  readonly ids: readonly string[];
  readonly closingOrgIds: readonly string[];
}

function heldCases(tx: Tx): Promise<HeldCase[]> {
  return tx.query<HeldCase>(
    `select c.id, s.keys->'ids' as ids, s.keys->'closingOrgIds' as "closingOrgIds"
     from rights_case c join case_subject s on s.case_id = c.id where c.state = 'held' order by c.received_at`,
  );
}

function concerns({ userId, orgId }: HoldRow, { ids, closingOrgIds }: HeldCase): boolean {
  return (
    (userId === null || ids.includes(userId)) && (orgId === null || userId !== null || closingOrgIds.includes(orgId))
  );
}
