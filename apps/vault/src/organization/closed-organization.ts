import { kernelProblems } from '@millrace/contracts';
import { type Clock, Problem } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { revokeActive } from '../connection/revoke-connection.js';

/** How long a closed organization waits for its grants to be ended at their providers, which needs its rows and its key. */
const ENDING_MS = 600_000;

class OrganizationClosed extends Problem {
  constructor() {
    super(kernelProblems.notFound, { detail: 'The organization has been closed.' });
  }
}

/** Whether an error says that the organization was closed. */
export function isClosed(error: unknown): boolean {
  return error instanceof OrganizationClosed;
}

/** What is written for an organization shares a lock that its closing takes alone: either comes wholly before the other. */
const lockOf = (shared: '' | '_shared') =>
  `select pg_advisory_xact_lock${shared}(hashtextextended('organization/' || $1, 0))`;

/** Call first in a transaction that stores something sealed. @throws Problem `kernel.not-found` for a closed organization */
export async function assertOpen(tx: Tx, orgId: string): Promise<void> {
  await tx.query(lockOf('_shared'), [orgId]);
  const closed = await tx.query('select 1 from closed_organization where org_id = $1', [orgId]);
  if (closed.length) throw new OrganizationClosed();
}

/**
 * Ends what the vault holds for an organization: connections revoked, data keys gone, nothing new accepted. Safe to
 * repeat. The organization's own key is destroyed afterwards by whoever called, or by the key shredder.
 */
export async function closeOrganization(
  tx: Tx,
  orgId: string,
  runtime: Pick<Runtime, 'clock' | 'config'>,
): Promise<void> {
  await tx.query(lockOf(''), [orgId]);
  const revoked = await revokeActive(tx, { orgId }, 'erasure', runtime);
  for (const id of revoked) {
    await tx.audit({
      event: 'connection.revoked',
      orgId,
      target: { kind: 'connection', id },
      details: { reason: 'erasure', repeated: false },
    });
  }
  await tx.query('delete from authorization_request where org_id = $1', [orgId]);
  await tx.query('delete from data_key where org_id = $1', [orgId]);
  await tx.query('delete from key_rotation where org_id = $1', [orgId]);
  await tx.query('insert into closed_organization (org_id, closed_at) values ($1, $2) on conflict do nothing', [
    orgId,
    runtime.clock.now(),
  ]);
}

/**
 * Whether grants of a closed organization are still to be ended at their providers, as a condition over a row of
 * `closed_organization` and the instant since which that is waited for.
 */
export const isEndingGrants = (row: string, since: string) =>
  `(${row}.closed_at > ${since} and exists (select 1 from provider_task t where t.org_id = ${row}.org_id))`;

export const endingSince = (clock: Clock): Date => new Date(clock.now().getTime() - ENDING_MS);

/** Notes that the organization's key is gone, once; the customer's part of it is of no use any more. */
export async function noteKeyDestroyed(tx: Tx, orgId: string, clock: Clock): Promise<void> {
  await tx.query('delete from customer_key where org_id = $1', [orgId]);
  const noted = await tx.query(
    'update closed_organization set key_destroyed_at = $2 where org_id = $1 and key_destroyed_at is null returning 1',
    [orgId, clock.now()],
  );
  if (noted.length)
    await tx.audit({ event: 'organization-key.destroyed', orgId, target: { kind: 'organization', id: orgId } });
}
