import { type Connection, connectionRevoked, type EventData } from '@millrace/contracts';
import type { Clock } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { findConnection, shown } from './connection.queries.js';

export type RevocationReason = EventData<typeof connectionRevoked>['reason'];

/** Ends a connection for the organization that owns it. Repeating it changes nothing. */
export class RevokeConnection {
  constructor(private readonly runtime: Runtime) {}

  execute(connectionId: string, call: Call): Promise<Connection> {
    return call.act(async (tx, about) => {
      const revoked = await revokeActive(tx, { connectionId }, 'user', this.runtime.clock);
      about({
        target: { kind: 'connection', id: connectionId },
        details: { reason: 'user', repeated: revoked.length === 0 },
      });
      return shown(await findConnection(tx, connectionId));
    });
  }
}

/**
 * Revokes active connections: no lease after this, the ciphertext gone, the name free, sync told. Answers their ids.
 * A lease holds a lock on the row while it is written down, so the instant is taken only once the rows are ours: no
 * lease is ever dated after a revocation.
 */
export async function revokeActive(
  tx: Tx,
  which: { readonly connectionId: string } | { readonly orgId: string },
  reason: RevocationReason,
  clock: Clock,
): Promise<string[]> {
  const [column, value] = 'orgId' in which ? ['org_id', which.orgId] : ['id', which.connectionId];
  const rows = await tx.query<{ id: string; org_id: string }>(
    `select id, org_id from connection where ${column} = $1 and state = 'active' order by id for update`,
    [value],
  );
  const ids = rows.map((row) => row.id);
  const now = clock.now();
  await tx.query(
    `update connection set state = 'revoked', revoked_at = $2, name_key = null where id = any($1::uuid[])`,
    [ids, now],
  );
  await tx.query(
    'update credential set ciphertext = null, destroyed_at = $2 where connection_id = any($1::uuid[]) and destroyed_at is null',
    [ids, now],
  );
  for (const { id, org_id: orgId } of rows) await tx.emit(connectionRevoked, { orgId, connectionId: id, reason });
  return ids;
}
