import type { Charter } from '@millrace/charter';
import type { ContextName } from '@millrace/contracts';
import { HELD } from '@millrace/privacy';
import { backupsGoneAt } from './deadline.js';

/** What a service erased and what it kept for which reason: counts only. */
export interface TaskOutcome {
  readonly erased: readonly { readonly table: string; readonly rows: number }[];
  readonly kept: readonly { readonly table: string; readonly rows: number; readonly reason: string }[];
}

export interface CaseTask {
  readonly context: ContextName;
  readonly state: 'waiting' | 'done';
  readonly outcome: TaskOutcome | null;
}

export interface Kept {
  readonly context: string;
  readonly table: string;
  readonly rows: number;
  readonly reason: string;
}

/** What an erasure did: the statement that the region can be held to. It holds counts and reasons, and nobody's data. */
export interface Certificate {
  readonly caseId: string;
  readonly charter: string;
  readonly charterDigest: string;
  readonly completedAt: string;
  readonly erased: readonly { readonly context: string; readonly table: string; readonly rows: number }[];
  readonly kept: readonly Kept[];
  /** When every service was asked again, and had nothing left but what is kept. */
  readonly verifiedAt: string;
  /** Backups hold what was erased until then; a restore erases it again before the region opens. */
  readonly backupsGoneAt: string;
}

/** Rows that are on their way out by themselves: the case's own file, and entries that wait for the ledger, which knows the erasure list. */
const PASSING = ['case_subject', 'audit_outbox'];

/** What the services keep for a reason that lasts. */
export function keptBy(tasks: readonly CaseTask[]): Kept[] {
  return tasks.flatMap(({ context, outcome }) =>
    (outcome?.kept ?? []).filter((one) => !PASSING.includes(one.table)).map((one) => ({ context, ...one })),
  );
}

/** Whether anything stays only because of a legal hold. */
export function isHeld(tasks: readonly CaseTask[]): boolean {
  return keptBy(tasks).some(({ reason }) => reason === HELD);
}

/** What two rounds did together: what either erased, and what is still there after the second. */
export function bothRounds(before: TaskOutcome | null, now: TaskOutcome): TaskOutcome {
  const rows = new Map<string, number>();
  for (const one of [...(before?.erased ?? []), ...now.erased])
    rows.set(one.table, (rows.get(one.table) ?? 0) + one.rows);
  return { erased: [...rows].map(([table, count]) => ({ table, rows: count })), kept: now.kept };
}

export function certify(caseId: string, tasks: readonly CaseTask[], charter: Charter, completedAt: Date): Certificate {
  return {
    caseId,
    charter: charter.name,
    charterDigest: charter.digest,
    completedAt: completedAt.toISOString(),
    erased: tasks.flatMap(({ context, outcome }) => (outcome?.erased ?? []).map((one) => ({ context, ...one }))),
    kept: keptBy(tasks),
    verifiedAt: completedAt.toISOString(),
    backupsGoneAt: backupsGoneAt(charter, completedAt).toISOString(),
  };
}
