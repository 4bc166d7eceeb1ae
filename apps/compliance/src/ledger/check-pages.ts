import {
  type Checkpoint,
  PAGE_LEAVES,
  PAGE_LEVEL,
  type PageFinding,
  PageFold,
  type PageVerdict,
} from '@millrace/ledger';
import type { Tx } from '@millrace/persistence';
import { type PageChecker, startPageCheckers } from './page-checkers.js';
import { readPage } from './read-page.js';

/** Pages under way for each checker: while one is checked the next is read. */
const PAGES_AHEAD = 2;

type Query = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

export interface CheckedPages {
  readonly holds: boolean;
  /** The first leaf of the first page with which something is wrong; 0 when nothing is. */
  readonly brokenFrom: number;
  readonly findings: readonly PageFinding[];
}

/**
 * Recomputes the first `size` leaves of the ledger, their commitments and every hash over them, from rows that are read
 * once, and holds them against checkpoints that were verified. At most four pages are in memory.
 */
export async function checkPages(
  query: Query,
  size: number,
  checkpoints: readonly Checkpoint[],
): Promise<CheckedPages> {
  const bySize = Map.groupBy(checkpoints, (checkpoint) => checkpoint.size);
  const upper = await query((tx) => upperHashes(tx, size));
  const fold = new PageFold(bySize, (level, index) => upper.get(`${level}/${index}`));
  const findings: PageFinding[] = [];
  let brokenFrom: number | undefined;
  for (const verdict of await verdictsOf(query, size, [...bySize.keys()])) {
    fold.add(verdict);
    findings.push(...verdict.findings);
    if (!fold.holds) brokenFrom ??= verdict.from;
  }
  return { holds: fold.holds, brokenFrom: brokenFrom ?? 0, findings };
}

/** Pages are checked in any order and told in their own. */
async function verdictsOf(query: Query, size: number, stops: readonly number[]): Promise<PageVerdict[]> {
  const stopsOf = Map.groupBy(stops, (stop) => Math.ceil(stop / PAGE_LEAVES) - 1);
  const verdicts: PageVerdict[] = [];
  const count = Math.ceil(size / PAGE_LEAVES);
  let next = 0;
  const lane = async (checker: PageChecker) => {
    while (next < count) {
      const page = next++;
      const from = page * PAGE_LEAVES;
      const to = Math.min(from + PAGE_LEAVES, size);
      const rows = await query((tx) => readPage(tx, from, to, stopsOf.get(page) ?? []));
      verdicts[page] = await checker.check(rows);
    }
  };
  const checkers = startPageCheckers();
  try {
    await Promise.all(checkers.flatMap((checker) => Array.from({ length: PAGES_AHEAD }, () => lane(checker))));
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
