import {
  type askRight,
  complianceProblems,
  type Input,
  kernelProblems,
  type PersonRequest,
  type replyInRequest,
  type RequestSummary,
  resolveSubject,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Database, Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { CaseDesk } from './case-desk.js';
import { rightsCases } from './case.tables.js';
import { grantedRights } from './deadline.js';
import { endCase, isWorked, moveClocks, openCase, readCase, summaryOf, viewOf, writeLetter } from './worked-case.js';

/** What people ask for in their own words, as they see it: theirs alone. */
export class PersonRequests {
  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly desk: CaseDesk,
  ) {}

  /**
   * Opens a request; one for the same right that is open already gets the letter instead.
   * @throws Problem `compliance.right-not-granted`
   */
  async ask({ right, text, law }: Input<typeof askRight>, call: Call): Promise<PersonRequest> {
    const granted = grantedRights(this.runtime.charter);
    if (!granted.has(right)) {
      const detail = `The charter grants: ${[...granted].sort().join(', ')}.`;
      throw new Problem(complianceProblems.rightNotGranted, { detail });
    }
    const { userId } = call.user;
    const keys = await call.ask(resolveSubject, { userId });
    const caseId = await call.act(
      async (tx, about) => {
        const opened = await this.desk.open(tx, right, keys, law);
        await writeLetter(tx, { caseId: opened.caseId, userId, kind: 'request', text }, call.clock.now());
        about({ target: { kind: 'case', id: opened.caseId }, details: { right, repeated: !opened.isNew } });
        return opened.caseId;
      },
      { subject: userId },
    );
    return this.read(caseId, call);
  }

  async list(call: Call): Promise<{ requests: RequestSummary[] }> {
    const ids = await this.own(call);
    const rows = await this.region(call, (tx) =>
      tx.table(rightsCases).find({ where: ids.map((id) => ({ id })), order: { receivedAt: 'DESC' } }),
    );
    return { requests: ids.length ? rows.filter(isWorked).map(summaryOf) : [] };
  }

  /** @throws Problem `kernel.not-found` for what is not the caller's */
  async read(caseId: string, call: Call): Promise<PersonRequest> {
    await this.assertOwn(caseId, call);
    return viewOf(await this.region(call, (tx) => readCase(tx, caseId)), this.runtime.charter);
  }

  /** A letter that answers a question, if one is open. @throws Problem `compliance.case-closed` */
  async reply({ caseId, text }: Input<typeof replyInRequest>, call: Call): Promise<PersonRequest> {
    await this.assertOwn(caseId, call);
    const [{ userId }, now] = [call.user, call.clock.now()];
    await this.region(call, async (tx) => {
      const found = await openCase(tx, caseId);
      await writeLetter(tx, { caseId, userId, kind: 'reply', text }, now);
      if (found.row.state === 'waiting')
        await moveClocks(tx, found, { kind: 'clarification-answered', at: now }, 'open');
      await tx.audit({ event: 'case.letter-received', target: { kind: 'case', id: caseId } });
    });
    return this.read(caseId, call);
  }

  /** @throws Problem `compliance.case-closed` */
  async withdraw(caseId: string, call: Call): Promise<PersonRequest> {
    await this.assertOwn(caseId, call);
    await this.region(call, async (tx) => {
      await openCase(tx, caseId);
      await endCase(tx, caseId, { at: call.clock.now(), outcome: 'withdrawn' });
      await tx.audit({ event: 'case.withdrawn', target: { kind: 'case', id: caseId } });
    });
    return this.read(caseId, call);
  }

  private async assertOwn(caseId: string, call: Call): Promise<void> {
    if (!(await this.own(call)).includes(caseId)) throw new Problem(kernelProblems.notFound);
  }

  /** The requests of the caller, asked within their own scope. */
  private async own(call: Call): Promise<string[]> {
    const rows = await call.tx((tx) => tx.query<{ id: string }>('select distinct case_id as id from case_letter'), {
      subject: call.user.userId,
    });
    return rows.map(({ id }) => id);
  }

  /** The register is nobody's own, so it is read and changed in the region's scope, after {@link assertOwn}. */
  private region<T>({ user, requestId }: Call, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'user', userId: user.userId, orgId: user.orgId, requestId }, work);
  }
}
