import {
  auditLeaves,
  type AuditRow,
  type Checkpoint,
  EMPTY_ROOT,
  type Finding,
  PAGE_LEAVES,
  type PageFinding,
} from '@millrace/ledger';
import type { Database, Tx } from '@millrace/persistence';
import { readOrNothing, verifyCheckpoints } from './checkpoint-check.js';
import { type EndFinding, readEnds } from './ledger-ends.js';
import type { LedgerSigner } from './ledger-signer.js';
import { latestCheckpoint, treeReader } from './ledger-store.js';
import { checkPages } from './check-pages.js';

/** Rows read at a time. */
const PAGE_ROWS = 5_000;
/** Findings that are answered; a ledger with more is beyond naming rows. */
const MAX_FINDINGS = 1_000;

/** What an audit of this service finds besides the tree's own findings. */
export type LedgerFinding =
  | Finding
  | PageFinding
  | EndFinding
  /** The newest entries of a source are gone: the ledger acknowledged a higher number than it has. */
  | { readonly kind: 'source-behind'; readonly source: string; readonly acknowledged: number; readonly found: number }
  /** A stored checkpoint whose signature or columns do not hold, or one that was kept elsewhere and does not. */
  | { readonly kind: 'checkpoint-forged'; readonly treeSize: number }
  /** The tree is smaller than one that the ledger signed before. */
  | { readonly kind: 'truncated'; readonly treeSize: number; readonly signedSize: number };

export interface LedgerAudit {
  readonly treeSize: number;
  readonly checkpoint: string;
  readonly findings: readonly LedgerFinding[];
}

/**
 * Recomputes the ledger from its rows while it goes on growing. A first reading, in pages and on every core, says whether
 * all of it holds; only where it does not a second, slower one finds out which rows of the tree were touched.
 */
export class LedgerAuditor {
  constructor(
    private readonly database: Database,
    private readonly signer: LedgerSigner,
  ) {}

  /** @param kept a signed note that was kept outside the database: what was signed then must still be there */
  async audit(kept?: string): Promise<LedgerAudit> {
    const newest = await this.query(latestCheckpoint);
    const { size, note, root } = newest ?? { size: 0, note: this.signer.sign(0, EMPTY_ROOT), root: EMPTY_ROOT };
    const { checkpoints, forged } = await this.query((tx) => verifyCheckpoints(tx, this.signer, size));
    const witness = kept === undefined ? undefined : readOrNothing(this.signer, kept);
    const signed = witness ? [...checkpoints, witness] : checkpoints;
    const ends = await this.query(readEnds);
    const pages = await checkPages(this.database, size, signed);
    const isSetBack = witness !== undefined && witness.size > size;
    const isWhole = pages.holds && ends.areEven && !isSetBack;
    const expected = signed.find((one) => one.size === size) ?? { origin: this.signer.origin, size, root };
    const findings: LedgerFinding[] = [
      ...[...forged, ...(kept !== undefined && !witness ? [0] : [])].map(forgedAt),
      ...(isSetBack ? [{ kind: 'truncated' as const, treeSize: size, signedSize: witness.size }] : []),
      ...(isWhole ? [] : await this.auditTree(expected, signed)),
      ...ends.findings,
      ...(await this.auditSources()),
      ...pages.findings,
    ];
    // What the second reading cannot explain must not pass for whole.
    if (!pages.holds && findings.length === 0)
      findings.push({ kind: 'subtree-mismatch', from: pages.brokenFrom, to: pages.brokenFrom + PAGE_LEAVES - 1 });
    return { treeSize: size, checkpoint: note, findings: findings.slice(0, MAX_FINDINGS) };
  }

  private auditTree(expected: Checkpoint, earlier: readonly Checkpoint[]): Promise<Finding[]> {
    const innerHashes = treeReader((sql, parameters) => this.query((tx) => tx.query(sql, parameters)));
    return auditLeaves(this.rows(expected.size), expected, {
      earlier: earlier.filter((one) => one !== expected),
      innerHashes,
    });
  }

  /** Leaves beside their hashes, by place; rows that somebody added far behind the end are read too. */
  private async *rows(treeSize: number): AsyncGenerator<AuditRow> {
    for (let from = 0; from < treeSize; from += PAGE_ROWS)
      yield* await this.page(from, Math.min(from + PAGE_ROWS, treeSize));
    let from = treeSize;
    for (;;) {
      const page = await this.page(from, Number.MAX_SAFE_INTEGER);
      yield* page;
      if (page.length < PAGE_ROWS) return;
      from = page.at(-1)!.index + 1;
    }
  }

  private async page(from: number, to: number): Promise<AuditRow[]> {
    const rows = await this.query((tx) =>
      tx.query<{ index: string; leaf: Buffer | null; hash: Buffer | null }>(
        `select coalesce(l.leaf_index, n.position) as index, l.leaf, n.hash
         from (select leaf_index, leaf from ledger_leaf where leaf_index >= $1 and leaf_index < $2) l
         full join (select position, hash from ledger_node where level = 0 and position >= $1 and position < $2) n
         on n.position = l.leaf_index order by 1 limit ${PAGE_ROWS}`,
        [from, to],
      ),
    );
    return rows.map(({ index, leaf, hash }) => ({ index: Number(index), leafBytes: leaf, storedHash: hash }));
  }

  /** A source whose newest leaves were cut off together with their hashes and checkpoints still has its number. */
  private async auditSources(): Promise<LedgerFinding[]> {
    const rows = await this.query((tx) =>
      tx.query<{ source: string; acknowledged: string; found: string }>(
        `select source, last_number as acknowledged, found from ledger_source s cross join lateral (
           select coalesce((select source_number from ledger_leaf l where l.source = s.source
             order by source_number desc limit 1), 0) as found) newest
         where found < last_number`,
      ),
    );
    return rows.map((row) => ({
      kind: 'source-behind',
      source: row.source,
      acknowledged: Number(row.acknowledged),
      found: Number(row.found),
    }));
  }

  private query<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'service' }, work);
  }
}

function forgedAt(treeSize: number): LedgerFinding {
  return { kind: 'checkpoint-forged', treeSize };
}
