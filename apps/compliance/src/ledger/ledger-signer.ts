import {
  type Checkpoint,
  formatCheckpoint,
  type NoteSigner,
  noteSigner,
  type NoteVerifier,
  parseCheckpoint,
  parseVerifierKey,
  signNote,
  signStatement,
  verifyNote,
} from '@millrace/ledger';
import type { SigningKey } from '@millrace/crypto';

/** Signs and verifies the ledger's checkpoints under its name. */
export class LedgerSigner {
  private readonly signer: NoteSigner;
  private readonly verifiers: readonly [NoteVerifier];

  /** @param origin the ledger's name in every checkpoint: `millrace/<charter>/<region>` */
  constructor(
    readonly origin: string,
    key: SigningKey,
  ) {
    this.signer = noteSigner(origin, key.privateKey);
    this.verifiers = [parseVerifierKey(this.signer.verifierKey)];
  }

  /** What a stranger needs to verify checkpoints: `name+hash+key` (C2SP signed-note). */
  get verifierKey(): string {
    return this.signer.verifierKey;
  }

  /** The signed note of a tree. */
  sign(size: number, root: Uint8Array): string {
    return signNote(formatCheckpoint({ origin: this.origin, size, root }), [this.signer]);
  }

  /** A signed statement about anything else; see `readStatement`. */
  state(kind: string, statement: unknown): string {
    return signStatement(kind, statement, this.signer);
  }

  /** The checkpoint of a note that this ledger signed. @throws LedgerError when it did not */
  read(note: string): Checkpoint {
    const checkpoint = parseCheckpoint(verifyNote(note, this.verifiers).text);
    if (checkpoint.origin !== this.origin) throw new Error('The checkpoint belongs to another ledger');
    return checkpoint;
  }
}
