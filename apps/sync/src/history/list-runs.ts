import type { Input, listRuns, Output, readHistory } from '@millrace/contracts';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { partitions } from '../partition/partition.table.js';
import { briefRun, type PartitionRow, type RunRow, viewRun } from '../run/run-view.js';
import { runs } from '../run/run.table.js';
import { pageOf } from './page.js';

/** The runs of one pipeline, newest first. Ids of runs are in the order in which they were planned. */
export function listRunsOf(
  { name, before, limit }: Input<typeof listRuns>,
  call: Call,
): Promise<Output<typeof listRuns>> {
  return call.tx(async (tx) => {
    const query = tx.table(runs).createQueryBuilder('run').where('run.pipeline = :name', { name });
    if (before) query.andWhere('run.id < :before', { before });
    const rows = (await query
      .orderBy('run.id', 'DESC')
      .limit(limit + 1)
      .getMany()) as RunRow[];
    const parts = await partitionsByRun(tx, rows);
    const { items, last } = pageOf(
      rows.map((row) => briefRun(viewRun(row, parts.get(row.id) ?? []))),
      limit,
    );
    return { runs: items, ...(last ? { next: last.runId } : {}) };
  });
}

/** All runs of the organization with their receipts, oldest first. */
export function historyOf(
  { after, limit }: Input<typeof readHistory>,
  call: Call,
): Promise<Output<typeof readHistory>> {
  return call.tx(async (tx) => {
    const query = tx.table(runs).createQueryBuilder('run').where('true');
    if (after) query.andWhere('run.id > :after', { after });
    const rows = (await query
      .orderBy('run.id', 'ASC')
      .limit(limit + 1)
      .getMany()) as RunRow[];
    const parts = await partitionsByRun(tx, rows);
    const { items, last } = pageOf(
      rows.map((row) => ({
        run: viewRun(row, parts.get(row.id) ?? []),
        ...(row.receipt ? { receipt: row.receipt } : {}),
      })),
      limit,
    );
    return { entries: items, ...(last ? { next: last.run.runId } : {}) };
  });
}

async function partitionsByRun(tx: Tx, rows: readonly RunRow[]): Promise<Map<string, PartitionRow[]>> {
  const found = (await tx
    .table(partitions)
    .createQueryBuilder('part')
    .where('part.runId = any(:ids)', { ids: rows.map(({ id }) => id) })
    .orderBy('part.stream')
    .addOrderBy('part.id')
    .getMany()) as PartitionRow[];
  const byRun = new Map<string, PartitionRow[]>();
  for (const part of found) byRun.set(part.runId, [...(byRun.get(part.runId) ?? []), part]);
  return byRun;
}
