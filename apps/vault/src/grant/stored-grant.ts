import type { Tx } from '@millrace/persistence';
import { type ConnectionRow } from '../connection/connection.queries.js';
import { connections } from '../connection/connection.table.js';

/** A connection with what the vault renews or ends its grant with. */
export interface StoredGrant {
  readonly connection: ConnectionRow;
  readonly version: number;
  readonly renewal: Buffer;
}

/** The newest credential of a connection, when something of it can be renewed or ended. */
export async function findGrant(tx: Tx, connectionId: string): Promise<StoredGrant | undefined> {
  const connection = await tx.table(connections).findOneBy({ id: connectionId });
  const [credential] = await tx.query<{ version: number; renewal: Buffer | null }>(
    'select version, renewal from credential where connection_id = $1 order by version desc limit 1',
    [connectionId],
  );
  if (!connection || !credential?.renewal) return undefined;
  return { connection, version: credential.version, renewal: credential.renewal };
}
