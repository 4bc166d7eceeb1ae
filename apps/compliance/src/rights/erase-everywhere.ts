import type { ComputedClocks } from '@millrace/charter';
import { type ContextName, contextOperations, type SubjectKeys } from '@millrace/contracts';
import type { Database, Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { digestOf } from '../promise/digest.js';
import { waitingContexts } from '../hold/hold-view.js';
import { closeCase } from './case-desk.js';
import { bothRounds, type CaseTask, type Certificate, certify, isHeld, type TaskOutcome } from './certificate.js';
import { PatientTurns } from './patient-turns.js';

/** Open erasures that one pass takes up. */
const CASES_PER_PASS = 50;
/** The service that knows who people are goes last. */
const LAST = 'identity';

/**
 * Between the rounds: longer than any call of a person may take (30 seconds) and than the gateway holds its log lines back,
 * so that whatever was under way during the first round has been written when the second one looks for it.
 */
const SETTLING_MS = 45_000;
/** Calls of one service in one attempt at its task, each of a batch of rows; more go on with the next attempt. */
const MAX_BATCHES = 1_000;
const COMPLIANCE = { kind: 'service', name: 'compliance' } as const;

interface OpenErasure {
  readonly state: 'open' | 'settling' | 'held';
  readonly settlesAt: Date | null;
  readonly keys: SubjectKeys;
}

/**
 * Carries erasures through, whatever fails on the way: each service's task is repeated until it is done, and what is
 * done is remembered. A second round erases what was written while the first one went on, such as the log line of the
 * request itself. Then every service is asked again: when nothing is left, the case is certified and forgets its person.
 */
export class EraseEverywhere {
  private readonly atWork = new Map<string, Promise<void>>();
  private readonly turns = new PatientTurns();

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {}

  /** One attempt at every erasure that has something to do. @throws the first failure, once each has had its attempt */
  async pass(): Promise<boolean> {
    const due = await this.region((tx) =>
      tx.query<{ id: string }>(
        `select id from rights_case where type = 'erasure' and (state = 'open' or state = 'settling' and settles_at <= $1)
         order by received_at limit ${CASES_PER_PASS}`,
        [this.runtime.clock.now()],
      ),
    );
    const attempts = await Promise.allSettled(due.map(({ id }) => this.run(id)));
    const failed = attempts.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    return due.length === CASES_PER_PASS;
  }

  /**
   * Does what is left of the present round of an erasure. Safe to call at any time.
   * @throws when a service could not do its part; the next pass goes on from there
   */
  run(caseId: string): Promise<void> {
    const running = this.atWork.get(caseId) ?? this.attempt(caseId).finally(() => this.atWork.delete(caseId));
    this.atWork.set(caseId, running);
    return running;
  }

  /** When the erasure is due, as it was computed when the request came in. */
  async clocks(caseId: string): Promise<ComputedClocks> {
    const [row] = await this.region((tx) =>
      tx.query<{ clocks: ComputedClocks }>('select clocks from rights_case where id = $1', [caseId]),
    );
    return row!.clocks;
  }

  /** What each service has done so far. */
  tasks(caseId: string): Promise<CaseTask[]> {
    return this.region((tx) =>
      tx.query<CaseTask>('select context, state, outcome from case_task where case_id = $1 order by context', [caseId]),
    );
  }

  private async attempt(caseId: string): Promise<void> {
    const [open] = await this.region((tx) =>
      tx.query<OpenErasure>(
        `select c.state, c.settles_at as "settlesAt", s.keys from rights_case c join case_subject s on s.case_id = c.id
         where c.id = $1 and c.state <> 'done'`,
        [caseId],
      ),
    );
    if (!open) throw new Error('The erasure has no subject any more');
    if (open.state === 'held' || (open.settlesAt && open.settlesAt > this.runtime.clock.now())) return;
    // Before the round: holds that change during it are looked at again.
    const { version } = await this.region(waitingContexts);
    await this.round(caseId, open.keys);
    if (open.state === 'open') await this.settle(caseId);
    else if (isHeld(await this.tasks(caseId))) await this.hold(caseId, version);
    else if (await this.isGone(caseId, open.keys)) await this.complete(caseId);
    else await this.begin(caseId);
  }

  /** Asks every service again: none may have anything left that nothing keeps. */
  private async isGone(caseId: string, subject: SubjectKeys): Promise<boolean> {
    const tasks = await this.tasks(caseId);
    const found = await Promise.all(
      tasks.map(async ({ context }) => {
        const { findHoldings } = contextOperations(context);
        const { left } = await this.runtime.client.call(findHoldings, { subject }, COMPLIANCE);
        return left.reduce((sum, { rows }) => sum + rows, 0);
      }),
    );
    const rows = found.reduce((sum, one) => sum + one, 0);
    if (rows > 0)
      await this.region((tx) =>
        tx.audit({
          event: 'subject.erasure-incomplete',
          outcome: 'failure',
          target: { kind: 'case', id: caseId },
          details: { rows },
        }),
      );
    return rows === 0;
  }

  /** Both rounds again. */
  private async begin(caseId: string): Promise<void> {
    await this.region(async (tx) => {
      await tx.query(`update case_task set state = 'waiting' where case_id = $1`, [caseId]);
      await tx.query(`update rights_case set state = 'open', settles_at = null where id = $1`, [caseId]);
    });
  }

  private async round(caseId: string, keys: SubjectKeys): Promise<void> {
    const waiting = (await this.tasks(caseId)).filter((task) => task.state === 'waiting');
    const first = waiting.filter((task) => task.context !== LAST);
    const attempts = await Promise.allSettled(first.map((task) => this.erase(caseId, task, keys)));
    const failed = attempts.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    for (const task of waiting.filter((one) => one.context === LAST)) await this.erase(caseId, task, keys);
  }

  private async erase(caseId: string, { context, outcome }: CaseTask, subject: SubjectKeys): Promise<void> {
    await this.region((tx) =>
      tx.query('update case_task set attempts = attempts + 1 where case_id = $1 and context = $2', [caseId, context]),
    );
    const { eraseHoldings } = contextOperations(context);
    let together: TaskOutcome | null = outcome;
    for (let batch = 0, isDone = false; !isDone; batch++) {
      if (batch >= MAX_BATCHES) throw new Error('A service holds more about the person than one attempt erases');
      const ask = () => this.runtime.client.call(eraseHoldings, { caseId, subject }, COMPLIANCE);
      // The first is all that there is about nearly everybody. Where there is more, those who use the region come first.
      const { isDone: isLast, ...erased } = await (batch === 0 ? ask() : this.turns.take(ask));
      together = bothRounds(together, erased);
      isDone = isLast;
      await this.note(caseId, context, together, isDone);
    }
  }

  private async note(caseId: string, context: ContextName, outcome: TaskOutcome, isDone: boolean): Promise<void> {
    await this.region((tx) =>
      tx.query('update case_task set state = $4, outcome = $3 where case_id = $1 and context = $2', [
        caseId,
        context,
        JSON.stringify(outcome),
        isDone ? 'done' : 'waiting',
      ]),
    );
  }

  /** All is erased but what is under a legal hold: the case keeps its subject and waits. */
  private async hold(caseId: string, version: number): Promise<void> {
    await this.region(async (tx) => {
      await tx.query(`update rights_case set state = 'held', held_by_list = $2, settles_at = null where id = $1`, [
        caseId,
        version,
      ]);
      await tx.audit({ event: 'subject.erasure-held', target: { kind: 'case', id: caseId } });
    });
  }

  /** Gives every service its task again, for later. */
  private async settle(caseId: string): Promise<void> {
    const settlesAt = new Date(this.runtime.clock.now().getTime() + SETTLING_MS);
    await this.region(async (tx) => {
      await tx.query(`update case_task set state = 'waiting' where case_id = $1`, [caseId]);
      await tx.query(`update rights_case set state = 'settling', settles_at = $2 where id = $1`, [caseId, settlesAt]);
    });
  }

  private async complete(caseId: string): Promise<void> {
    const { charter, clock } = this.runtime;
    const certificate = certify(caseId, await this.tasks(caseId), charter, clock.now());
    await this.region(async (tx) => {
      await tx.query('update rights_case set certificate = $2 where id = $1', [caseId, JSON.stringify(certificate)]);
      await closeCase(tx, caseId, new Date(certificate.completedAt));
      await tx.audit({
        event: 'subject.erased',
        target: { kind: 'case', id: caseId },
        details: summaryOf(certificate),
      });
    });
  }

  private region<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'service' }, work);
  }
}

/** What the ledger keeps of a certificate. */
function summaryOf(certificate: Certificate) {
  const rows = (list: readonly { rows: number }[]) => list.reduce((sum, one) => sum + one.rows, 0);
  return {
    certificateDigest: digestOf(certificate),
    backupsGoneAt: certificate.backupsGoneAt,
    rowsErased: rows(certificate.erased),
    rowsKept: rows(certificate.kept),
  };
}
