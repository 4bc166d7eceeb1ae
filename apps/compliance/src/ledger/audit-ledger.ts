import {
  auditLeaves,
  type AuditRow,
  type Checkpoint,
  EMPTY_ROOT,
  type Finding,
  findingIndex,
  type LedgerEntry,
  type PersonalValue,
  verifyPersonal,
} from '@millrace/ledger';
import type { Database, Tx } from '@millrace/persistence';
import type { LedgerSigner } from './ledger-signer.js';
import { latestCheckpoint, treeReader } from './ledger-store.js';

/** Rows read at a time. */
const PAGE_ROWS = 5_000;
/** Earlier checkpoints that are verified, evenly spread; more of them narrow a rewritten stretch down further. */
const MAX_EARLIER = 500;
/** Findings that are answered; a ledger with more is beyond naming rows. */
const MAX_FINDINGS = 1_000;

/** What an audit of this service finds besides the tree's own findings. */
export type LedgerFinding =
  | Finding
  /** The personal field does not open its commitment any more: value or salt were changed. */
  | { readonly kind: 'personal-changed'; readonly entryId: string; readonly field: string }
  /** The newest entries of a source are gone: the ledger acknowledged a higher number than it has. */
  | { readonly kind: 'source-behind'; readonly source: string; readonly acknowledged: number; readonly found: number }
  /** A stored checkpoint whose signature does not hold, or one that was kept elsewhere and does not. */
  | { readonly kind: 'checkpoint-forged'; readonly treeSize: number }
  /** The tree is smaller than one that the ledger signed before. */
  | { readonly kind: 'truncated'; readonly treeSize: number; readonly signedSize: number };

export interface LedgerAudit {
  readonly treeSize: number;
  readonly checkpoint: string;
  readonly findings: readonly LedgerFinding[];
}

/** Recomputes the ledger from its rows, in pages, while it goes on growing. */
export class LedgerAuditor {
  constructor(
    private readonly database: Database,
    private readonly signer: LedgerSigner,
  ) {}

  /** @param kept a signed note that was kept outside the database: what was signed then must still be there */
  async audit(kept?: string): Promise<LedgerAudit> {
    const newest = await this.query(latestCheckpoint);
    const { size, note, root } = newest ?? { size: 0, note: this.signer.sign(0, EMPTY_ROOT), root: EMPTY_ROOT };
    const forged: LedgerFinding[] = [];
    const read = (text: string, treeSize: number) => this.readNote(text, treeSize, forged);
    const expected = read(note, size) ?? { origin: this.signer.origin, size, root };
    const earlier = (await this.earlierNotes(size)).flatMap((one) => read(one.note, one.size) ?? []);
    const witness = kept === undefined ? undefined : read(kept, 0);
    if (witness) earlier.push(witness);
    const tree = await this.auditTree(expected, earlier);
    const findings: LedgerFinding[] = [
      ...forged,
      ...(witness && witness.size > size
        ? [{ kind: 'truncated' as const, treeSize: size, signedSize: witness.size }]
        : []),
      ...tree,
      ...(await this.auditSources()),
      ...(await this.auditPersonal(new Set(tree.map(findingIndex)))),
    ];
    return { treeSize: size, checkpoint: note, findings: findings.slice(0, MAX_FINDINGS) };
  }

  private auditTree(expected: Checkpoint, earlier: readonly Checkpoint[]): Promise<Finding[]> {
    const innerHashes = treeReader((sql, parameters) => this.query((tx) => tx.query(sql, parameters)));
    return auditLeaves(this.rows(expected.size), expected, { earlier, innerHashes });
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

  private async earlierNotes(size: number): Promise<{ size: number; note: string }[]> {
    const rows = await this.query((tx) =>
      tx.query<{ size: string; note: string }>(
        `select tree_size as size, note from (
           select tree_size, note, row_number() over (order by tree_size) as place, count(*) over () as total
           from ledger_checkpoint where tree_size < $1) all_of_them
         where place % greatest(total / $2, 1) = 0 order by tree_size limit $2`,
        [size, MAX_EARLIER],
      ),
    );
    return rows.map((row) => ({ ...row, size: Number(row.size) }));
  }

  private readNote(note: string, treeSize: number, forged: LedgerFinding[]): Checkpoint | undefined {
    try {
      const checkpoint = this.signer.read(note);
      if (treeSize === 0 || checkpoint.size === treeSize) return checkpoint;
    } catch {
      // Whatever is wrong with it, the ledger did not sign it.
    }
    forged.push({ kind: 'checkpoint-forged', treeSize });
    return undefined;
  }

  /** A source whose newest leaves were cut off together with their hashes and checkpoints still has its number. */
  private async auditSources(): Promise<LedgerFinding[]> {
    const rows = await this.query((tx) =>
      tx.query<{ source: string; acknowledged: string; found: string }>(
        `select s.source, s.last_number as acknowledged, coalesce(max(l.source_number), 0) as found
         from ledger_source s left join ledger_leaf l on l.source = s.source and l.source_number >= s.last_number
         group by s.source, s.last_number having coalesce(max(l.source_number), 0) < s.last_number`,
      ),
    );
    return rows.map((row) => ({
      kind: 'source-behind',
      source: row.source,
      acknowledged: Number(row.acknowledged),
      found: Number(row.found),
    }));
  }

  /** Whether each personal field still opens its commitment; leaves that are wrong themselves are named already. */
  private async auditPersonal(named: ReadonlySet<number>): Promise<LedgerFinding[]> {
    const findings: LedgerFinding[] = [];
    let after = { entryId: '00000000-0000-0000-0000-000000000000', field: '' };
    for (;;) {
      const rows = await this.personalPage(after);
      for (const { entryId, index, leaf, ...personal } of rows) {
        if (leaf === null || named.has(Number(index)) || opens(leaf, personal)) continue;
        findings.push({ kind: 'personal-changed', entryId, field: personal.field });
      }
      const last = rows.at(-1);
      if (!last || rows.length < PAGE_ROWS) return findings;
      after = last;
    }
  }

  private personalPage(after: { entryId: string; field: string }) {
    return this.query((tx) =>
      tx.query<PersonalValue & { entryId: string; index: string | null; leaf: Buffer | null }>(
        `select p.entry_id as "entryId", p.field, p.value, p.salt, l.leaf_index as index, l.leaf from ledger_personal p
         left join ledger_leaf l on l.entry_id = p.entry_id
         where (p.entry_id, p.field) > ($1::uuid, $2) order by p.entry_id, p.field limit ${PAGE_ROWS}`,
        [after.entryId, after.field],
      ),
    );
  }

  private query<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'service' }, work);
  }
}

/** The leaf's form has been judged with the tree; here only its commitments matter. */
function opens(leaf: Buffer, personal: PersonalValue): boolean {
  try {
    return verifyPersonal(JSON.parse(leaf.toString()) as LedgerEntry, personal);
  } catch {
    return false;
  }
}
