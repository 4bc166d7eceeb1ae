import { contextOperations, type SubjectKeys } from '@millrace/contracts';
import type { Database, Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { digestOf } from '../promise/digest.js';
import type { CaseTask } from './case.tables.js';
import { type Certificate, certify } from './certificate.js';

/** Open erasures that one pass takes up. */
const CASES_PER_PASS = 50;
/** The service that knows who people are goes last. */
const LAST = 'identity';

/**
 * Carries erasures through, whatever fails on the way: each service's task is repeated until it is done, and what is
 * done is remembered. Erasing twice has no second effect.
 */
export class EraseEverywhere {
  private readonly atWork = new Map<string, Promise<Certificate>>();

  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {}

  /** One attempt at every open erasure. @throws the first failure, once each has had its attempt */
  async pass(): Promise<boolean> {
    const open = await this.region((tx) =>
      tx.query<{ id: string }>(
        `select id from rights_case where type = 'erasure' and state = 'open' order by received_at limit ${CASES_PER_PASS}`,
      ),
    );
    const attempts = await Promise.allSettled(open.map(({ id }) => this.run(id)));
    const failed = attempts.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    return open.length === CASES_PER_PASS;
  }

  /** Does what is left of an erasure. @throws when a service could not do its part; the next pass goes on from there */
  run(caseId: string): Promise<Certificate> {
    const running = this.atWork.get(caseId) ?? this.attempt(caseId).finally(() => this.atWork.delete(caseId));
    this.atWork.set(caseId, running);
    return running;
  }

  /** What each service has done so far. */
  tasks(caseId: string): Promise<CaseTask[]> {
    return this.region((tx) =>
      tx.query<CaseTask>('select context, state, outcome from case_task where case_id = $1 order by context', [caseId]),
    );
  }

  private async attempt(caseId: string): Promise<Certificate> {
    const [subject] = await this.region((tx) =>
      tx.query<{ keys: SubjectKeys }>('select keys from case_subject where case_id = $1', [caseId]),
    );
    if (!subject) return this.certificateOf(caseId);
    const waiting = (await this.tasks(caseId)).filter((task) => task.state === 'waiting');
    const first = waiting.filter((task) => task.context !== LAST);
    const attempts = await Promise.allSettled(first.map((task) => this.erase(caseId, task, subject.keys)));
    const failed = attempts.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    for (const task of waiting.filter((one) => one.context === LAST)) await this.erase(caseId, task, subject.keys);
    return this.complete(caseId);
  }

  private async erase(caseId: string, { context }: CaseTask, subject: SubjectKeys): Promise<void> {
    await this.region((tx) =>
      tx.query('update case_task set attempts = attempts + 1 where case_id = $1 and context = $2', [caseId, context]),
    );
    const { eraseHoldings } = contextOperations(context);
    const outcome = await this.runtime.client.call(
      eraseHoldings,
      { caseId, subject },
      { kind: 'service', name: 'compliance' },
    );
    await this.region((tx) =>
      tx.query(`update case_task set state = 'done', outcome = $3 where case_id = $1 and context = $2`, [
        caseId,
        context,
        JSON.stringify(outcome),
      ]),
    );
  }

  private async complete(caseId: string): Promise<Certificate> {
    const { charter, clock } = this.runtime;
    const certificate = certify(caseId, await this.tasks(caseId), charter, clock.now());
    const rows = (list: readonly { rows: number }[]) => list.reduce((sum, one) => sum + one.rows, 0);
    await this.region(async (tx) => {
      await tx.query(`update rights_case set state = 'done', completed_at = $2, certificate = $3 where id = $1`, [
        caseId,
        certificate.completedAt,
        JSON.stringify(certificate),
      ]);
      await tx.query('delete from case_subject where case_id = $1', [caseId]);
      await tx.audit({
        event: 'subject.erased',
        target: { kind: 'case', id: caseId },
        details: {
          certificateDigest: digestOf(certificate),
          backupsGoneAt: certificate.backupsGoneAt,
          rowsErased: rows(certificate.erased),
          rowsKept: rows(certificate.kept),
        },
      });
    });
    return certificate;
  }

  private async certificateOf(caseId: string): Promise<Certificate> {
    const [row] = await this.region((tx) =>
      tx.query<{ certificate: Certificate | null }>('select certificate from rights_case where id = $1', [caseId]),
    );
    if (!row?.certificate) throw new Error('The erasure has neither a subject nor a certificate');
    return row.certificate;
  }

  private region<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'service' }, work);
  }
}
