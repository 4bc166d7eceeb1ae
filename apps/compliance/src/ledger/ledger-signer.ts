import {
  type Checkpoint,
  formatCheckpoint,
  type NoteSigner,
  noteSigner,
  parseCheckpoint,
  parseVerifierKey,
  signNote,
  verifyNote,
} from '@millrace/ledger';
import type { SigningKey } from '@millrace/crypto';

/** Signs and verifies the ledger's checkpoints under its name. */
export class LedgerSigner {
  private readonly signer: NoteSigner;

  /** @param origin the ledger's name in every checkpoint: `millrace/<charter>/<region>` */
  constructor(
    readonly origin: string,
    key: SigningKey,
  ) {
    this.signer = noteSigner(origin, key.privateKey);
  }

  /** What a stranger needs to verify checkpoints: `name+hash+key` (C2SP signed-note). */
  get verifierKey(): string {
    return this.signer.verifierKey;
  }

  /** The signed note of a tree. */
  sign(size: number, root: Uint8Array): string {
    return signNote(formatCheckpoint({ origin: this.origin, size, root }), [this.signer]);
  }

  /** The checkpoint of a note that this ledger signed. @throws LedgerError when it did not */
  read(note: string): Checkpoint {
    const checkpoint = parseCheckpoint(verifyNote(note, [parseVerifierKey(this.verifierKey)]).text);
    if (checkpoint.origin !== this.origin) throw new Error('The checkpoint belongs to another ledger');
    return checkpoint;
  }
}
