import { type AuditEntry, complianceProblems } from '@millrace/contracts';
import { type Clock, Problem } from '@millrace/kernel';
import type { MerkleAccumulator } from '@millrace/ledger';
import type { Database, Tx } from '@millrace/persistence';
import type { ForgottenSubjects } from './forgotten-subjects.js';
import { type Leaf, leafOfEntry } from './leaf-of-entry.js';
import type { LedgerSigner } from './ledger-signer.js';
import { areKnown, becomeAppender, insertGrowth, lastNumberOf, latestCheckpoint, loadTree } from './ledger-store.js';

export interface AppenderOptions {
  readonly database: Database;
  readonly signer: LedgerSigner;
  readonly forgotten: ForgottenSubjects;
  readonly region: string;
  readonly clock: Clock;
}

/**
 * Appends batches of audit entries to the region's ledger: leaves, hashes, openings and the new signed checkpoint commit
 * together or not at all. Batches take turns inside this process before they take a connection, and across processes
 * by a lock in the database.
 */
export class LedgerAppender {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: AppenderOptions) {}

  /**
   * Appends the entries of one source that the ledger does not have yet; repeats are skipped.
   * @returns the number up to which the ledger has the source's entries
   * @throws Problem `compliance.ledger-gap` when entries before the first, or between them, are missing
   */
  async append(source: string, entries: readonly AuditEntry[]): Promise<number> {
    // Before its turn: while one batch waits for the database the next is made ready.
    const leaves = entries.map((entry) => leafOfEntry(entry, source, this.options.region));
    const work = this.turn.then(() => this.appendInTurn(source, leaves));
    this.turn = work.catch(() => undefined);
    return work;
  }

  private appendInTurn(source: string, leaves: readonly Leaf[]): Promise<number> {
    return this.options.database.region({ kind: 'service' }, async (tx) => {
      await becomeAppender(tx);
      const last = await lastNumberOf(tx, source);
      const repeated = leaves.filter(({ entry }) => entry.number <= last).map(({ entry }) => entry.entryId);
      if (!(await areKnown(tx, source, repeated)))
        throw new Problem(complianceProblems.ledgerGap, {
          detail: 'These numbers were given to other entries before.',
        });
      const fresh = leaves.filter(({ entry }) => entry.number > last);
      if (fresh.some(({ entry }, index) => entry.number !== last + 1 + index))
        throw new Problem(complianceProblems.ledgerGap);
      if (fresh.length) await this.grow(tx, source, fresh);
      return last + fresh.length;
    });
  }

  private async grow(tx: Tx, source: string, leaves: readonly Leaf[]): Promise<void> {
    const { clock, forgotten } = this.options;
    const tree = await loadTree(tx, await latestCheckpoint(tx));
    const firstIndex = tree.size;
    const nodes = leaves.flatMap((leaf) => tree.append(leaf.hash));
    const personal = await forgotten.without(
      tx,
      leaves.flatMap(({ personal: fields }, leaf) => fields.map((field) => ({ ...field, leaf }))),
    );
    await insertGrowth(tx, {
      source,
      firstIndex,
      leaves,
      personal,
      nodes,
      checkpoint: this.sign(tree),
      at: clock.now(),
    });
  }

  /** Signing takes some 50 µs; the note must commit with its batch. */
  private sign(tree: MerkleAccumulator) {
    const root = tree.root();
    return { size: tree.size, root, note: this.options.signer.sign(tree.size, root) };
  }
}
