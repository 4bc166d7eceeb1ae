import { taskKinds } from '@millrace/contracts';
import { plain, table } from '@millrace/privacy';

/** What an officer must see to, or had to: since when, and until when. Why is told by the thing itself. */
export const officerTasks = table(
  'officer_task',
  {
    id: plain.uuid({ primary: true }),
    kind: plain.oneOf(taskKinds),
    /** The promise, the case or the hold. */
    about: plain.word(64),
    openedAt: plain.instant(),
    closedAt: plain.instant({ nullable: true }),
  },
  { guards: [], indexes: [['closedAt']], retention: { rule: 'evidence', from: 'closedAt' } },
);
