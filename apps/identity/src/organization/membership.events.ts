import { type EventData, memberLeft, organizationClosed } from '@millrace/contracts';
import { type HeardEvent, Hears } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { Controller } from '@nestjs/common';

/** What follows for people when an organization closes or they leave it. Their accounts are no tenant's to change. */
@Controller()
export class MembershipEvents {
  @Hears(organizationClosed)
  async closed({ orgId }: EventData<typeof organizationClosed>, { at, tx }: HeardEvent): Promise<void> {
    const ended = await tx.query<{ userId: string }>(
      'update membership set ended_at = $2 where org_id = $1 and ended_at is null returning user_id as "userId"',
      [orgId, at],
    );
    await endAccounts(
      tx,
      ended.map((one) => one.userId),
      at,
    );
  }

  @Hears(memberLeft)
  async left({ userId }: EventData<typeof memberLeft>, { at, tx }: HeardEvent): Promise<void> {
    await endAccounts(tx, [userId], at);
  }
}

/**
 * The contract with a person ends with their last organization; the account's retention runs from here. The accounts are
 * locked before anybody looks: whoever joins an organization meanwhile has done so wholly, or comes after.
 */
async function endAccounts(tx: Tx, userIds: readonly string[], at: Date): Promise<void> {
  await tx.query('select 1 from account where id = any($1::uuid[]) order by id for update', [userIds]);
  await tx.query(
    `update account a set ended_at = $2 where a.id = any($1::uuid[]) and a.ended_at is null
       and not exists (select 1 from membership m where m.user_id = a.id and m.ended_at is null)`,
    [userIds, at],
  );
}
