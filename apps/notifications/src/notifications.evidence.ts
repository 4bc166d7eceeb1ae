import type { EvidenceReader } from '@millrace/service';
import { catalogue, faultsOf } from './message/catalogue.js';

/** Answers of notifications to the promise probes. */
export const evidence: Record<string, EvidenceReader> = {
  /** Mails hold a link and no personal data beyond the address, and only kinds of mail that the charter lists are written (F28, D12, C9). */
  'mail-content': async ({ tx, runtime }) => {
    const written = await tx.query<{ message: string; mails: number; last: Date }>(
      'select message, count(*)::int as mails, max(created_at) as last from mail_job group by message order by message',
    );
    const isListed = ({ message, last }: { message: string; last: Date }) =>
      runtime.charters.at(last).document.mail.transactional.includes(kindOf(message) ?? '');
    const unlisted = written.filter((one) => !isListed(one)).map((one) => one.message);
    return {
      messages: Object.keys(catalogue).length,
      faults: faultsOf(catalogue),
      written: written.map(({ message, mails }) => ({ message, mails })),
      unlisted,
    };
  },
  /** What still waits to be told or sent, and since when. */
  backlog: async ({ tx, runtime }) => {
    const [row] = await tx.query<{ announcements: number; queued: number; failed: number; oldest: Date | null }>(
      `select (select count(*)::int from announcement) as announcements,
         (select count(*)::int from mail_job where state = 'queued') as queued,
         (select count(*)::int from mail_job where state = 'failed') as failed,
         least((select min(created_at) from announcement), (select min(created_at) from mail_job where state = 'queued')) as oldest`,
    );
    const { oldest, ...counts } = row!;
    return {
      ...counts,
      oldestSeconds: oldest ? Math.max(0, Math.round((runtime.clock.now().getTime() - oldest.getTime()) / 1000)) : 0,
    };
  },
};

const kindOf = (message: string) =>
  Object.hasOwn(catalogue, message) ? catalogue[message as keyof typeof catalogue].kind : undefined;
