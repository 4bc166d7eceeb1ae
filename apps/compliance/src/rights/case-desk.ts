import type { Regime } from '@millrace/charter';
import { contextNames, kernelProblems, type SubjectKeys } from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { type CaseType, clocksOf } from './deadline.js';

export interface OpenCase {
  readonly caseId: string;
  /** False when the person asked before and the case is still open. */
  readonly isNew: boolean;
}

/** Ends a case in the register and forgets whose it was. Answers whether it was open still. */
export async function closeCase(tx: Tx, caseId: string, at: Date): Promise<boolean> {
  await tx.query(`update rights_case set state = 'done', completed_at = $2 where id = $1`, [caseId, at]);
  const gone = await tx.query('delete from case_subject where case_id = $1 returning case_id', [caseId]);
  return gone.length > 0;
}

/** Opens cases, and completes those that are done once their answer was given. */
export class CaseDesk {
  constructor(private readonly runtime: Runtime) {}

  /**
   * The open case of a type of the person with these keys, opened now if there is none; an erasure gets a task for each
   * service.
   * @param law the one that the person lives under, where they said so
   */
  async open(tx: Tx, type: CaseType, keys: SubjectKeys, law?: Regime): Promise<OpenCase> {
    const [userId] = keys.ids;
    // Two requests of one moment are one case.
    await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`case ${userId} ${type}`]);
    const [existing] = await tx.query<{ case_id: string }>(
      'select case_id from case_subject where user_id = $1 and type = $2',
      [userId, type],
    );
    if (existing) return { caseId: existing.case_id, isNew: false };
    const { clock, charter } = this.runtime;
    const [caseId, receivedAt] = [newId(clock), clock.now()];
    const clocks = clocksOf(charter, type, receivedAt, law);
    await tx.query(
      `insert into rights_case (id, type, state, received_at, target_at, latest_at, clocks)
       values ($1, $2, 'open', $3, $4, $5, $6)`,
      [caseId, type, receivedAt, clocks.targetAt, clocks.latestAt, JSON.stringify(clocks)],
    );
    await tx.query('insert into case_subject (case_id, type, user_id, keys) values ($1, $2, $3, $4)', [
      caseId,
      type,
      userId,
      JSON.stringify(keys),
    ]);
    if (type === 'erasure') {
      await tx.query(
        `insert into case_task (case_id, context, state) select $1, context, 'waiting' from unnest($2::text[]) as one(context)`,
        [caseId, [...contextNames]],
      );
    }
    return { caseId, isNew: true };
  }

  /**
   * Completes an open case and forgets whose it was, in a transaction that reaches the whole region. Answers whether it was
   * open still.
   */
  complete(tx: Tx, caseId: string): Promise<boolean> {
    return closeCase(tx, caseId, this.runtime.clock.now());
  }

  /** What services know the caller by, in their own open request for a copy. @throws Problem `kernel.not-found` */
  async keysOf(caseId: string | undefined, call: Call): Promise<SubjectKeys> {
    const [own] = await call.tx((tx) =>
      tx.query<{ keys: SubjectKeys }>(
        `select keys from case_subject where case_id = $1 and user_id = $2 and type = 'access'`,
        [caseId ?? null, call.user.userId],
      ),
    );
    if (!own) throw new Problem(kernelProblems.notFound);
    return own.keys;
  }
}
