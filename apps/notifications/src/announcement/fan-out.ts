import { resolveContacts } from '@millrace/contracts';
import { backoff, newId } from '@millrace/kernel';
import { type Database, type Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
import { notifications } from '../inbox/notification.table.js';
import { mailJobs } from '../mail/mail-job.table.js';
import { textOf } from '../message/catalogue.js';
import { announcements } from './announcement.table.js';

type Announcement = Row<typeof announcements>;

/** Announcements that one pass takes; each asks identity once. */
const BATCH = 50;
/** Pauses after identity did not answer. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** Turns announcements into what each recipient gets: a notification, and a mail where the region sends mail of that kind. */
export class FanOut {
  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {}

  /** Delivers one batch; answers whether there may be more. */
  async pass(): Promise<boolean> {
    const now = this.runtime.clock.now();
    const due = await this.database.region({ kind: 'service' }, (tx) =>
      tx
        .table(announcements)
        .createQueryBuilder('one')
        .where('one.nextAttemptAt <= :now', { now })
        .orderBy('one.nextAttemptAt')
        .limit(BATCH)
        .getMany(),
    );
    for (const one of due) await this.deliver(one as Announcement);
    return due.length === BATCH;
  }

  private async deliver(one: Announcement): Promise<void> {
    const recipients = await this.recipientsOf(one).catch(() => undefined);
    await this.database.region({ kind: 'service' }, (tx) =>
      recipients ? this.write(tx, one, recipients) : this.postpone(tx, one),
    );
  }

  private async recipientsOf({ orgId, userId }: Announcement): Promise<string[]> {
    const { client, service } = this.runtime;
    const { contacts } = await client.call(
      resolveContacts,
      { orgId, ...(userId ? { userId } : {}) },
      { kind: 'service', name: service },
    );
    return [...new Set(contacts.map((contact) => contact.userId))];
  }

  /** The announcement goes with the writing of what came of it: whoever finds it gone was overtaken and writes nothing. */
  private async write(
    tx: Tx,
    { eventId, orgId, topic, message, parameters, createdAt }: Announcement,
    recipients: readonly string[],
  ): Promise<void> {
    const taken = await tx.query('delete from announcement where event_id = $1 returning 1', [eventId]);
    if (taken.length === 0 || recipients.length === 0) return;
    const { clock } = this.runtime;
    const each = recipients.map((userId) => ({ eventId, orgId, userId, topic, message, createdAt }));
    const told = each.map((one) => ({ ...one, id: newId(clock), parameters }));
    await tx.table(notifications).createQueryBuilder().insert().values(told).orIgnore().execute();
    if (!this.sendsMail(message)) return;
    const jobs = each.map((one) => ({
      ...one,
      id: newId(clock),
      state: 'queued' as const,
      attempts: 0,
      nextAttemptAt: clock.now(),
    }));
    await tx.table(mailJobs).createQueryBuilder().insert().values(jobs).orIgnore().execute();
  }

  /** A region without a mail server has the inbox only; a charter that does not list a kind of mail has none of it. */
  private sendsMail(message: string): boolean {
    const { config, charter } = this.runtime;
    return config.mail !== undefined && charter.document.mail.transactional.includes(textOf(message).kind);
  }

  private async postpone(tx: Tx, { eventId, attempts }: Announcement): Promise<void> {
    const pauseMs = FIRST_PAUSE_MS + backoff(attempts + 1, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    const nextAttemptAt = new Date(this.runtime.clock.now().getTime() + pauseMs);
    await tx.table(announcements).update({ eventId }, { attempts: attempts + 1, nextAttemptAt });
  }
}
