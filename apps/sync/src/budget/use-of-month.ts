import type { Budget } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { connectionBudgets } from './budget.table.js';

export type BudgetRow = Row<typeof connectionBudgets>;

/** What a month's queries have used. */
export interface Use {
  readonly usedBytes: number;
  readonly usedRecords: number;
}

/** The calendar month of an instant in UTC, such as 2026-11. */
export const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** When the next calendar month begins, in UTC. */
export const nextMonth = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));

/**
 * What a month's queries have read; one that is under way counts as what it is expected to read, if that is more. What a
 * source does not measure (a comparison's bytes) counts as it was estimated.
 */
export async function useOfMonth(
  tx: Tx,
  connectionId: string,
  month: string,
  except: string | null = null,
): Promise<Use> {
  const share = (what: 'bytes' | 'records') =>
    `coalesce(sum(case when decision = 'waiting' then 0 else listed_${what} end +
       case when (is_done or decision = 'waiting') and read_${what} > 0 then read_${what}
       when decision = 'waiting' then 0 else greatest(read_${what}, coalesce(estimated_${what}, 0)) end), 0)::float8`;
  const [row] = await tx.query<Use>(
    `select ${share('bytes')} as "usedBytes", ${share('records')} as "usedRecords"
     from query_estimate where connection_id = $1 and month = $2 and ($3::uuid is null or partition_id <> $3)`,
    [connectionId, month, except],
  );
  return row!;
}

/** The budget as the API shows it; without a row nothing is limited. */
export async function viewBudget(tx: Tx, connectionId: string, now: Date): Promise<Budget> {
  const row = await tx.table(connectionBudgets).findOneBy({ connectionId });
  const month = monthOf(now);
  return {
    connectionId,
    ...(typeof row?.monthlyBytes === 'number' ? { monthlyBytes: row.monthlyBytes } : {}),
    ...(typeof row?.monthlyRecords === 'number' ? { monthlyRecords: row.monthlyRecords } : {}),
    month,
    ...(await useOfMonth(tx, connectionId, month)),
  };
}

/** Whether the queries of a connection are counted. */
export async function hasBudget(tx: Tx, connectionId: string): Promise<boolean> {
  const rows = await tx.query('select 1 from connection_budget where connection_id = $1', [connectionId]);
  return rows.length > 0;
}

/** Whether `more` fits into what is left. Where a source cannot say what a query reads, something must be left. */
export function fits(
  { monthlyBytes, monthlyRecords }: BudgetRow,
  use: Use,
  more: { bytes: number; records: number },
): boolean {
  const covers = (limit: number | null, used: number, needed: number) =>
    limit === null || (used < limit && used + needed <= limit);
  return covers(monthlyBytes, use.usedBytes, more.bytes) && covers(monthlyRecords, use.usedRecords, more.records);
}
