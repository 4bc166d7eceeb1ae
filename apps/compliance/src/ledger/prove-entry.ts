import { complianceProblems, type ProofBundle } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { buildProofBundle, consistencyProof, inclusionProof, LedgerError } from '@millrace/ledger';
import type { Call } from '@millrace/messaging';
import type { Database } from '@millrace/persistence';
import { latestCheckpoint, treeReader } from './ledger-store.js';

/** Proves to an organization that an entry of its own is in the ledger, and to everybody that nothing before was rewritten. */
export class EntryProver {
  constructor(private readonly database: Database) {}

  /** @throws Problem `compliance.no-proof` for an entry that is not there yet, or is another organization's */
  async prove(entryId: string, call: Call): Promise<ProofBundle> {
    const { index, leaf } = await this.findLeaf(entryId, call);
    return this.database.region({ kind: 'service' }, async (tx) => {
      const checkpoint = await latestCheckpoint(tx);
      const proof = await inclusionProof(treeReader(tx.query.bind(tx)), index, checkpoint!.size);
      const bundle = buildProofBundle({ leafBytes: leaf, index, proof, checkpointNote: checkpoint!.note });
      return { ...bundle, proof: [...bundle.proof] };
    });
  }

  /**
   * The hashes, in base64, that lead from the tree of `from` leaves to that of the latest checkpoint.
   * @throws Problem `compliance.no-consistency` for a tree larger than the latest, or when stored hashes are gone
   */
  proveConsistency(from: number): Promise<{ proof: string[]; checkpoint: string }> {
    return this.database.region({ kind: 'service' }, async (tx) => {
      const checkpoint = await latestCheckpoint(tx);
      if (!checkpoint) throw new Problem(complianceProblems.noConsistency);
      try {
        const proof = await consistencyProof(treeReader(tx.query.bind(tx)), from, checkpoint.size);
        return { proof: proof.map((hash) => hash.toString('base64')), checkpoint: checkpoint.note };
      } catch (cause) {
        throw cause instanceof LedgerError ? new Problem(complianceProblems.noConsistency, { cause }) : cause;
      }
    });
  }

  /** Row-level security decides whose entries a user finds. */
  private async findLeaf(entryId: string, call: Call): Promise<{ index: number; leaf: Buffer }> {
    const [row] = await call.tx(
      (tx) =>
        tx.query<{ index: string; leaf: Buffer }>(
          'select leaf_index as index, leaf from ledger_leaf where entry_id = $1',
          [entryId],
        ),
      call.caller.kind === 'service' ? 'region' : undefined,
    );
    if (!row) throw new Problem(complianceProblems.noProof);
    return { index: Number(row.index), leaf: row.leaf };
  }
}
