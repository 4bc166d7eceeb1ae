import type { Tx } from '@millrace/persistence';
import { endTask } from '../provider/task-claims.js';

/** Notes how the end of a revoked connection's grant went at its provider; nothing is left to end it with. */
export async function settleGrant(
  tx: Tx,
  { connectionId, orgId }: { readonly connectionId: string; readonly orgId: string },
  atProvider: 'done' | 'given-up',
): Promise<void> {
  await endTask(tx, connectionId);
  await tx.query('update credential set renewal = null where connection_id = $1', [connectionId]);
  await tx.query('update connection set at_provider = $2 where id = $1', [connectionId, atProvider]);
  await tx.audit({
    event: 'connection.ended-at-provider',
    orgId,
    target: { kind: 'connection', id: connectionId },
    outcome: atProvider === 'done' ? 'success' : 'failure',
    details: { atProvider },
  });
}

/** Gives up ending what is still to be ended of an organization: the ledger keeps which providers did not answer in time. */
export async function giveUpGrants(tx: Tx, orgId: string): Promise<void> {
  const left = await tx.query<{ connectionId: string }>(
    `select connection_id as "connectionId" from provider_task where org_id = $1 and kind = 'revoke'`,
    [orgId],
  );
  for (const { connectionId } of left) await settleGrant(tx, { connectionId, orgId }, 'given-up');
}
