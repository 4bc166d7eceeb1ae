import { type Input, kernelProblems, listNotifications, markNotificationRead, type Output } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Call, Handles } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { Controller } from '@nestjs/common';
import { notifications } from './notification.table.js';

@Controller()
export class InboxOperations {
  @Handles(listNotifications)
  list({ limit }: Input<typeof listNotifications>, call: Call): Promise<Output<typeof listNotifications>> {
    return call.tx(async (tx) => {
      const rows = await tx.table(notifications).find({ order: { createdAt: 'DESC', id: 'DESC' }, take: limit });
      const [count] = await tx.query<{ unread: number }>(
        'select count(*)::int as unread from notification where read_at is null',
      );
      return { notifications: rows.map(shown), unread: count!.unread };
    });
  }

  @Handles(markNotificationRead)
  markRead(
    { notificationId: id }: Input<typeof markNotificationRead>,
    call: Call,
  ): Promise<Output<typeof markNotificationRead>> {
    return call.tx(async (tx) => {
      // The first reading stays: a second one changes nothing.
      await tx.query('update notification set read_at = $2 where id = $1 and read_at is null', [id, call.clock.now()]);
      const row = await tx.table(notifications).findOneBy({ id });
      if (!row) throw new Problem(kernelProblems.notFound);
      return shown(row);
    });
  }
}

function shown({
  id,
  topic,
  message,
  parameters,
  createdAt,
  readAt,
}: Row<typeof notifications>): Output<typeof markNotificationRead> {
  return {
    notificationId: id,
    topic,
    message,
    parameters,
    createdAt: createdAt.toISOString(),
    ...(readAt ? { readAt: readAt.toISOString() } : {}),
  };
}
