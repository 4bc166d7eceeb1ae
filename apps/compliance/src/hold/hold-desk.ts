import {
  complianceProblems,
  type Hold,
  type Input,
  kernelProblems,
  MAX_HOLDS,
  type placeHold,
  resolveSubject,
  REVIEW_WITHIN_DAYS,
} from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { IN_FORCE, viewHolds } from './hold-view.js';
import { holds } from './hold.table.js';
import type { SpreadHolds } from './spread-holds.js';

const DAY_MS = 86_400_000;

/** Where officers place, review and release legal holds. */
export class HoldDesk {
  constructor(private readonly spread: SpreadHolds) {}

  /** Answers once every service keeps to it, or when one of them takes too long: then it goes on by itself. */
  async place({ userId, orgId, from, until, reason, reviewAt }: Input<typeof placeHold>, call: Call): Promise<Hold> {
    if (!userId && !orgId && !from && !until) throw new Problem(complianceProblems.holdCoversNothing);
    const now = call.clock.now();
    const review = reviewOf(reviewAt, now);
    const keys = userId ? await call.ask(resolveSubject, { userId }) : undefined;
    const id = newId(call.clock);
    await call.act(async (tx, about) => {
      const [count] = await tx.query<{ rows: number }>(
        'select count(*)::int as rows from hold where released_at is null',
      );
      if (count!.rows >= MAX_HOLDS) throw new Problem(complianceProblems.tooManyHolds);
      await tx.table(holds).insert({
        id,
        userId: userId ?? null,
        keys: keys ? { ids: keys.ids, lookups: keys.lookups } : null,
        orgId: orgId ?? null,
        rowsFrom: from ? new Date(from) : null,
        rowsUntil: until ? new Date(until) : null,
        reason,
        placedBy: call.caller.kind === 'staff' ? call.staff.staffId : null,
        placedAt: now,
        reviewAt: review,
        overdueSince: null,
        releasedAt: null,
      } as never);
      await changeList(tx);
      about({ target: { kind: 'hold', id }, ...(userId ? { personal: { userId } } : {}) });
    }, 'region');
    return this.told(id, call);
  }

  list(call: Call): Promise<Hold[]> {
    return call.tx((tx) => viewHolds(tx, call.clock.now()), 'region');
  }

  async review({ holdId, reviewAt }: { holdId: string; reviewAt: string }, call: Call): Promise<Hold> {
    const review = reviewOf(reviewAt, call.clock.now());
    await call.act(async (tx, about) => {
      await inForce(tx, holdId);
      await tx.table(holds).update({ id: holdId }, { reviewAt: review, overdueSince: null });
      about({ target: { kind: 'hold', id: holdId } });
    }, 'region');
    return this.shown(holdId, call);
  }

  async release(holdId: string, call: Call): Promise<Hold> {
    await call.act(async (tx, about) => {
      await inForce(tx, holdId);
      await tx.table(holds).update({ id: holdId }, { releasedAt: call.clock.now() });
      await changeList(tx);
      about({ target: { kind: 'hold', id: holdId } });
    }, 'region');
    return this.told(holdId, call);
  }

  private async told(holdId: string, call: Call): Promise<Hold> {
    await this.spread.now();
    return this.shown(holdId, call);
  }

  private async shown(holdId: string, call: Call): Promise<Hold> {
    const [hold] = await call.tx((tx) => viewHolds(tx, call.clock.now(), holdId), 'region');
    return hold!;
  }
}

/** The services are to keep to another list from now on. */
async function changeList(tx: Tx): Promise<void> {
  await tx.query(
    `insert into hold_list (context, version) values ($1, 1)
     on conflict (context) do update set version = hold_list.version + 1`,
    [IN_FORCE],
  );
}

/** @throws Problem `kernel.not-found`, `compliance.hold-released` */
async function inForce(tx: Tx, holdId: string): Promise<void> {
  const [row] = await tx.query<{ released: boolean }>(
    'select released_at is not null as released from hold where id = $1 for update',
    [holdId],
  );
  if (!row) throw new Problem(kernelProblems.notFound);
  if (row.released) throw new Problem(complianceProblems.holdReleased);
}

/** @throws Problem `compliance.review-too-far` */
function reviewOf(text: string, now: Date): Date {
  const review = new Date(text);
  const days = (review.getTime() - now.getTime()) / DAY_MS;
  if (days <= 0 || days > REVIEW_WITHIN_DAYS) throw new Problem(complianceProblems.reviewTooFar);
  return review;
}
