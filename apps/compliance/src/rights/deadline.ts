import type { Charter } from '@millrace/charter';
import { addDuration, parseDuration } from '@millrace/kernel';

/** What a person can ask for in a case. */
export const caseTypes = ['access', 'erasure'] as const;
export type CaseType = (typeof caseTypes)[number];

/** When a request must be answered at the latest: the strictest of what the charter grants, whoever asks. */
export function deadlineOf(charter: Charter, type: CaseType, receivedAt: Date): Date {
  const { rights, erasure } = charter.document;
  const periods = Object.values(rights.regimes).map((regime) => regime.answer);
  if (type === 'erasure') periods.push(erasure.completeWithin);
  return new Date(Math.min(...periods.map((text) => after(receivedAt, text).getTime())));
}

/** When the last database backup that knows what was deleted at `deletedAt` is gone. */
export function backupsGoneAt(charter: Charter, deletedAt: Date): Date {
  return after(deletedAt, charter.document.backups.keep);
}

function after(start: Date, text: string): Date {
  const duration = parseDuration(text);
  if (!duration) throw new Error('A duration of the charter is not ISO 8601');
  return addDuration(start, duration);
}
