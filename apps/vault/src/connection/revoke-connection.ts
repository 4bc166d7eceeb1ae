import { type Connection, connectionRevoked, type EventData } from '@millrace/contracts';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { isGrant } from '../grant/token-sources.js';
import { endsAtProvider } from '../provider/oauth-client.js';
import { endFrom, endTask } from '../provider/task-claims.js';
import { type ConnectionRow, findConnection, shown } from './connection.queries.js';

export type RevocationReason = EventData<typeof connectionRevoked>['reason'];

/** Ends a connection for the organization that owns it. Repeating it changes nothing. */
export class RevokeConnection {
  constructor(private readonly runtime: Runtime) {}

  execute(connectionId: string, call: Call): Promise<Connection> {
    return call.act(async (tx, about) => {
      const revoked = await revokeActive(tx, { connectionId }, 'user', this.runtime);
      about({
        target: { kind: 'connection', id: connectionId },
        details: { reason: 'user', repeated: revoked.length === 0 },
      });
      return shown(await findConnection(tx, connectionId));
    });
  }
}

/**
 * Revokes active connections: no lease after this, the ciphertext gone, the name free, sync told. Where a grant can be
 * ended at the provider, what it takes stays until that is done. Answers their ids.
 * A lease holds a lock on the row while it is written down, so the instant is taken only once the rows are ours: no
 * lease is ever dated after a revocation.
 */
export async function revokeActive(
  tx: Tx,
  which: { readonly connectionId: string } | { readonly orgId: string },
  reason: RevocationReason,
  { clock, config: { providers } }: Pick<Runtime, 'clock' | 'config'>,
): Promise<string[]> {
  const [column, value] = 'orgId' in which ? ['org_id', which.orgId] : ['id', which.connectionId];
  const rows = await tx.query<Ending>(
    `select id, org_id as "orgId", provider, auth, config from connection
      where ${column} = $1 and state = 'active' order by id for update`,
    [value],
  );
  const now = clock.now();
  for (const row of rows) {
    const atProvider = endAtProvider(row, providers);
    await tx.query(
      `update connection set state = 'revoked', revoked_at = $2, name_key = null, at_provider = $3 where id = $1`,
      [row.id, now, atProvider],
    );
    await tx.query(
      `update credential set ciphertext = null, renewal = case when $3 then renewal end, destroyed_at = $2
        where connection_id = $1 and destroyed_at is null`,
      [row.id, now, atProvider === 'pending'],
    );
    if (atProvider === 'pending') await endFrom(tx, { connectionId: row.id, orgId: row.orgId }, now);
    else await endTask(tx, row.id);
    await tx.emit(connectionRevoked, { orgId: row.orgId, connectionId: row.id, reason });
  }
  return rows.map(({ id }) => id);
}

type Ending = Pick<ConnectionRow, 'id' | 'orgId' | 'provider' | 'auth' | 'config'>;

/** Nothing lies at a database or among files; of a key or a token that was typed in, only its owner can be rid there. */
function endAtProvider(row: Ending, providers: Runtime['config']['providers']): ConnectionRow['atProvider'] {
  if (row.auth === 'no-credential' || row.auth === 'database-password') return null;
  return isGrant(row) && endsAtProvider(row.provider, row.config, providers) ? 'pending' : 'not-offered';
}
