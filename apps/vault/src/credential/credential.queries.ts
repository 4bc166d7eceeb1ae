import type { Tx } from '@millrace/persistence';
import { credentials } from './credential.table.js';
import { type SealedProofs } from './sealed-credential.js';

export interface NewCredential extends SealedProofs {
  readonly id: string;
  readonly orgId: string;
  readonly connectionId: string;
  readonly createdAt: Date;
}

export async function insertCredential(tx: Tx, credential: NewCredential): Promise<void> {
  await tx.table(credentials).insert({ ...credential, destroyedAt: null });
}

/** Empties the credential in force. */
export async function destroyCredential(tx: Tx, connectionId: string, now: Date): Promise<void> {
  await tx.query(
    `update credential set ciphertext = null, renewal = null, destroyed_at = $2
      where connection_id = $1 and destroyed_at is null`,
    [connectionId, now],
  );
}

export async function newestVersion(tx: Tx, connectionId: string): Promise<number> {
  const [newest] = await tx.query<{ version: number }>(
    'select coalesce(max(version), 0)::int as version from credential where connection_id = $1',
    [connectionId],
  );
  return newest!.version;
}

/** Locks the connection; whether it is active and its newest credential is still of this version. */
export async function isCurrent(tx: Tx, connectionId: string, version: number): Promise<boolean> {
  const active = await tx.query(`select 1 from connection where id = $1 and state = 'active' for update`, [
    connectionId,
  ]);
  return active.length === 1 && (await newestVersion(tx, connectionId)) === version;
}
