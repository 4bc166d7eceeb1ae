import { CASE_DUE_SOON_DAYS, type taskKinds } from '@millrace/contracts';
import type { Tx } from '@millrace/persistence';
import type { Board } from '../promise/board.js';

const DAY_MS = 86_400_000;

/** One thing that needs an officer, as it stands now. */
export interface Need {
  readonly kind: (typeof taskKinds)[number];
  readonly about: string;
  readonly why: string;
}

/** Everything that needs an officer now. */
export async function needsNow(tx: Tx, board: Board, now: Date): Promise<Need[]> {
  return [...brokenPromises(board), ...(await dueCases(tx, now)), ...(await dueReviews(tx, now))];
}

function brokenPromises({ promises }: Board): Need[] {
  return promises
    .filter(({ state }) => state === 'broken')
    .map(({ id, text, reason }) => ({ kind: 'promise-broken', about: id, why: `“${text}” ${sentence(reason)}` }));
}

async function dueCases(tx: Tx, now: Date): Promise<Need[]> {
  const rows = await tx.query<{ id: string; type: string; isOverdue: boolean; why: string }>(
    `select id, type, target_at < $1 as "isOverdue", clocks->>'why' as why from rights_case
     where state <> 'done' and target_at < $2 order by target_at`,
    [now, new Date(now.getTime() + CASE_DUE_SOON_DAYS * DAY_MS)],
  );
  return rows.map(({ id, type, isOverdue, why }) => ({
    kind: isOverdue ? 'case-overdue' : 'case-due-soon',
    about: id,
    why: `A request (${type}) ${isOverdue ? 'was due' : 'is due'}: ${why}`,
  }));
}

async function dueReviews(tx: Tx, now: Date): Promise<Need[]> {
  const rows = await tx.query<{ id: string; reviewAt: Date }>(
    'select id, review_at as "reviewAt" from hold where released_at is null and review_at <= $1 order by review_at',
    [now],
  );
  return rows.map(({ id, reviewAt }) => ({
    kind: 'hold-review-due',
    about: id,
    why: `A legal hold was to be reviewed by ${reviewAt.toISOString()}; it stays until it is released.`,
  }));
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
