import { topics } from '@millrace/contracts';
import { personal, plain, table } from '@millrace/privacy';

/** What one member of an organization is told in the product. Nobody else sees it, not even the same person elsewhere. */
export const notifications = table(
  'notification',
  {
    id: plain.uuid({ primary: true }),
    eventId: plain.uuid(),
    orgId: plain.tenant(),
    userId: personal.userId({
      category: 'communication',
      purposes: ['communication'],
      retention: 'notification',
      onErase: 'delete',
    }),
    topic: plain.oneOf(topics),
    message: plain.word(100),
    parameters: plain.json<Record<string, string>>(),
    /** When it happened, not when it was written down. */
    createdAt: plain.instant(),
    readAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ tenant: true, subject: 'userId' }],
    appPrivileges: ['select', 'update'],
    unique: [['eventId', 'userId']],
    indexes: [['userId', 'createdAt']],
    retention: { rule: 'notification', from: 'createdAt' },
  },
);
