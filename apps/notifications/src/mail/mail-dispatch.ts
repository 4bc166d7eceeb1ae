import { backoff } from '@millrace/kernel';
import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { textOf } from '../message/catalogue.js';
import { compose } from '../message/compose.js';
import { MailFailure, failureOf } from './mail-failure.js';
import { mailJobs } from './mail-job.table.js';
import { type Letter, LetterWriter } from './letter-writer.js';
import { SEND_TIMEOUT_MS, type SmtpChannel } from './smtp-channel.js';

/** Mails that one process sends at once. */
const AT_ONCE = 4;
/** After this the claim of a sender that died is over; longer than asking for an address and sending can take. */
const CLAIM_MS = 5 * SEND_TIMEOUT_MS;
/** Pauses between attempts; RFC 5321 §4.5.4.1 asks for half an hour once the first ones failed. */
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 30 * 60_000;
/** RFC 5321 §4.5.4.1: a sender gives up after four to five days. */
const GIVE_UP_AFTER_MS = 4 * 86_400_000;

interface Job extends Letter {
  readonly id: string;
  readonly message: string;
  readonly attempts: number;
  readonly createdAt: Date;
}

/**
 * Sends queued mails. A mail is marked as sent once the server took it; when the process dies in between, the next
 * attempt repeats the mail under the same message id. Nothing waits for this: a dead mail server only makes mails late.
 */
export class MailDispatch {
  private readonly mails;
  private readonly letters: LetterWriter;

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly channel: SmtpChannel,
  ) {
    this.letters = new LetterWriter(runtime);
    this.mails = runtime.metrics.counter('millrace_mails_total', 'Attempts to send a mail, by outcome', {
      outcome: ['success', 'retried', 'failed'],
    });
  }

  /** Sends one batch; answers whether there may be more. */
  async pass(): Promise<boolean> {
    const jobs = await this.claim();
    await Promise.all(jobs.map((job) => this.attempt(job)));
    return jobs.length === AT_ONCE;
  }

  private claim(): Promise<Job[]> {
    const now = this.runtime.clock.now();
    return this.database.region({ kind: 'service' }, (tx) =>
      tx.query<Job>(
        `update mail_job set attempts = attempts + 1, next_attempt_at = $2 where id = any(array(
           select id from mail_job where state = 'queued' and next_attempt_at <= $1 order by next_attempt_at limit $3 for update skip locked))
         returning id, org_id as "orgId", user_id as "userId", message, one_time_secret_id as "oneTimeSecretId", attempts, created_at as "createdAt"`,
        [now, new Date(now.getTime() + CLAIM_MS), AT_ONCE],
      ),
    );
  }

  private async attempt(job: Job): Promise<void> {
    try {
      await this.send(job);
      await this.settle(job, { state: 'sent', sentAt: this.runtime.clock.now(), lastCode: null });
      this.mails.add({ outcome: 'success' });
    } catch (error) {
      await this.postponeOrGiveUp(job, error instanceof MailFailure ? error : failureOf(error));
    }
  }

  private async send(job: Job): Promise<void> {
    const { to, values } = await this.letters.write(job);
    const date = this.runtime.clock.now();
    await this.channel.send({ ...compose(textOf(job.message), values), to, id: job.id, date });
  }

  private async postponeOrGiveUp(job: Job, { code, permanent }: MailFailure): Promise<void> {
    const now = this.runtime.clock.now().getTime();
    if (permanent || now - job.createdAt.getTime() > GIVE_UP_AFTER_MS) {
      await this.settle(job, { state: 'failed', lastCode: code });
      this.mails.add({ outcome: 'failed' });
      this.runtime.log.warn('a mail was given up', { attempt: job.attempts });
      return;
    }
    const pauseMs = FIRST_PAUSE_MS + backoff(job.attempts, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    await this.settle(job, { lastCode: code, nextAttemptAt: new Date(now + pauseMs) });
    this.mails.add({ outcome: 'retried' });
  }

  private async settle(
    { id }: Job,
    change: Partial<{ state: 'sent' | 'failed'; sentAt: Date; lastCode: string | null; nextAttemptAt: Date }>,
  ): Promise<void> {
    await this.database.region({ kind: 'service' }, (tx) => tx.table(mailJobs).update({ id, state: 'queued' }, change));
  }
}
