import { topics } from '@millrace/contracts';
import { personal, plain, table } from '@millrace/privacy';

/** Something to tell people whose ids are not known yet: it leaves when each of them has it in their inbox. */
export const announcements = table(
  'announcement',
  {
    /** The id of the event that caused it: an event is announced once. */
    eventId: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    /** The one person to tell; null: the owners of the organization. */
    userId: personal.userId(
      { category: 'communication', purposes: ['communication'], retention: 'message-relay', onErase: 'delete' },
      { nullable: true },
    ),
    topic: plain.oneOf(topics),
    /** Message id and its parameters: codes and ids, never words about a person. */
    message: plain.word(100),
    parameters: plain.json<Record<string, string>>(),
    createdAt: plain.instant(),
    attempts: plain.integer({ default: '0' }),
    nextAttemptAt: plain.instant(),
  },
  {
    subject: 'userId',
    guards: [],
    indexes: [['nextAttemptAt']],
    retention: { rule: 'message-relay', from: 'createdAt' },
  },
);
