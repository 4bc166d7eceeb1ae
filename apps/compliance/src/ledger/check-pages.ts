import {
  type Checkpoint,
  PAGE_LEAVES,
  PAGE_LEVEL,
  type PageFinding,
  PageFold,
  type PageVerdict,
} from '@millrace/ledger';
import type { BulkReader, Database, Tx } from '@millrace/persistence';
import { type PageChecker, startPageCheckers } from './page-checkers.js';
import { readPage } from './read-page.js';

export interface CheckedPages {
  readonly holds: boolean;
  /** The first leaf of the first page with which something is wrong; 0 when nothing is. */
  readonly brokenFrom: number;
  readonly findings: readonly PageFinding[];
}

/**
 * Recomputes the first `size` leaves of the ledger, their commitments and every hash over them, from rows that are read
 * once, and holds them against checkpoints that were verified. At most four pages of a few megabytes are in memory.
 */
export async function checkPages(
  database: Database,
  size: number,
  checkpoints: readonly Checkpoint[],
): Promise<CheckedPages> {
  const bySize = Map.groupBy(checkpoints, (checkpoint) => checkpoint.size);
  const upper = await database.region({ kind: 'service' }, (tx) => upperHashes(tx, size));
  const fold = new PageFold(bySize, (level, index) => upper.get(`${level}/${index}`));
  const findings: PageFinding[] = [];
  let brokenFrom: number | undefined;
  for (const verdict of await verdictsOf(database, size, [...bySize.keys()])) {
    fold.add(verdict);
    findings.push(...verdict.findings);
    if (!fold.holds) brokenFrom ??= verdict.from;
  }
  return { holds: fold.holds, brokenFrom: brokenFrom ?? 0, findings };
}

/** Pages are checked in any order and told in their own. For each checker the next page is read while one is checked. */
async function verdictsOf(database: Database, size: number, stops: readonly number[]): Promise<PageVerdict[]> {
  const stopsOf = Map.groupBy(stops, (stop) => Math.ceil(stop / PAGE_LEAVES) - 1);
  const verdicts: PageVerdict[] = [];
  let next = 0;
  const read = (reader: BulkReader) => {
    const page = next++;
    const from = page * PAGE_LEAVES;
    if (from >= size) return undefined;
    const rows = readPage(reader, from, Math.min(from + PAGE_LEAVES, size), stopsOf.get(page) ?? []);
    // Heard of when its turn comes, also where the page before it fails first.
    rows.catch(() => undefined);
    return { page, rows };
  };
  const lane = async (checker: PageChecker) => {
    const reader = await database.bulkReader();
    try {
      for (let ready = read(reader); ready;) {
        const rows = await ready.rows;
        const following = read(reader);
        verdicts[ready.page] = await checker.check(rows);
        ready = following;
      }
    } finally {
      await reader.close();
    }
  };
  const checkers = size > 0 ? startPageCheckers() : [];
  try {
    await Promise.all(checkers.map(lane));
  } finally {
    await Promise.all(checkers.map((checker) => checker.stop()));
  }
  return verdicts;
}

/** Stored hashes of the levels above the pages: one for every 4,096 leaves, and as many again above them. */
async function upperHashes(tx: Tx, size: number): Promise<ReadonlyMap<string, Buffer>> {
  const rows = await tx.query<{ level: number; position: string; hash: Buffer }>(
    `select level, position, hash from ledger_node where level > ${PAGE_LEVEL} and position < $1::bigint >> level`,
    [size],
  );
  return new Map(rows.map(({ level, position, hash }) => [`${level}/${position}`, hash]));
}
