import { accountErased, organizationClosed } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { endContracts } from './open-organization.js';

/** Ends agreements, and tells the other services, in the transaction that erases, which organizations close and whose account goes. Nothing is said twice. */
export async function beforeErase(
  tx: Tx,
  subject: { readonly ids: readonly string[]; readonly closingOrgIds: readonly string[] },
  runtime: Pick<Runtime, 'clock'>,
): Promise<readonly string[]> {
  const closing = await tx.query<{ id: string }>('select id from organization where id = any($1::uuid[])', [
    subject.closingOrgIds,
  ]);
  for (const { id } of closing) await tx.emit(organizationClosed, { orgId: id });
  await endContracts(tx, subject.closingOrgIds, runtime.clock.now());
  const leaving = await tx.query<{ org_id: string; user_id: string }>(
    'select org_id, user_id from membership where user_id = any($1::uuid[])',
    [subject.ids],
  );
  for (const { org_id, user_id } of leaving) await tx.emit(accountErased, { orgId: org_id, userId: user_id });
  return [];
}
