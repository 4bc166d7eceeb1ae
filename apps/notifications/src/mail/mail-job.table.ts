import { topics } from '@millrace/contracts';
import { personal, plain, table } from '@millrace/privacy';

export const mailStates = ['queued', 'sent', 'failed'] as const;

/**
 * A mail to write and what became of it. It holds no address: identity is asked for it when the mail is sent, so an
 * address that was corrected or erased meanwhile is never used.
 */
export const mailJobs = table(
  'mail_job',
  {
    id: plain.uuid({ primary: true }),
    eventId: plain.uuid(),
    orgId: plain.tenant(),
    userId: personal.userId({
      category: 'communication',
      purposes: ['communication'],
      retention: 'correspondence',
      onErase: 'delete',
    }),
    topic: plain.oneOf(topics),
    message: plain.word(100),
    /** The one-time secret that the mail carries; it is made when the mail is sent, and lies nowhere before. */
    oneTimeSecretId: plain.uuid({ nullable: true }),
    state: plain.oneOf(mailStates),
    attempts: plain.integer({ default: '0' }),
    /** While a sender is at work, the end of its claim. */
    nextAttemptAt: plain.instant(),
    /** Why the last attempt did not succeed; a code, never the other server's words: they repeat the address. */
    lastCode: plain.word(64, { nullable: true }),
    createdAt: plain.instant(),
    sentAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [],
    unique: [['eventId', 'userId']],
    indexes: [['state', 'nextAttemptAt'], ['userId']],
    retention: { rule: 'correspondence', from: 'createdAt' },
  },
);
