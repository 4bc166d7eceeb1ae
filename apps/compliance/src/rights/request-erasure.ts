import {
  confirmPassword,
  type eraseMe,
  identityProblems,
  type Input,
  isConfirmed,
  type Output,
  readStanding,
  resolveSubject,
} from '@millrace/contracts';
import { delay, Problem } from '@millrace/kernel';
import type { Call, Reach } from '@millrace/messaging';
import type { Runtime } from '@millrace/service';
import type { CaseDesk } from './case-desk.js';
import { isHeld, keptBy } from './certificate.js';
import { goneEverywhereAfter, goneEverywhereBy } from './deadline.js';
import type { EraseEverywhere } from './erase-everywhere.js';

/** How long the person waits for the erasure itself; afterwards it goes on without them. */
const ANSWER_WITHIN_MS = 8_000;

type Answer = Output<typeof eraseMe>;

/** Begins the erasure of the person who asks, once they have shown that it is them. */
export class RequestErasure {
  constructor(
    private readonly runtime: Runtime,
    private readonly desk: CaseDesk,
    private readonly erasures: EraseEverywhere,
  ) {}

  /** @throws Problem `identity.password-needed` for a wrong password, `identity.locked` after too many, and what a second factor asks for */
  async execute({ password, secondFactor }: Input<typeof eraseMe>, call: Call): Promise<Answer> {
    const { userId } = call.user;
    await this.prove(password, secondFactor, call);
    return this.erase(userId, call, { subject: userId });
  }

  /** Of somebody else: an account that is frozen. @throws Problem `identity.not-frozen` */
  async ofFrozen(userId: string, call: Call): Promise<Answer> {
    const { frozenAt } = await call.ask(readStanding, { userId });
    if (frozenAt === undefined) throw new Problem(identityProblems.notFrozen);
    return this.erase(userId, call, 'region');
  }

  private async erase(userId: string, call: Call, reach: Reach): Promise<Answer> {
    const keys = await call.ask(resolveSubject, { userId });
    const { caseId } = await call.act(async (tx, about) => {
      const opened = await this.desk.open(tx, 'erasure', keys);
      about({
        target: { kind: 'case', id: opened.caseId },
        details: { closesOrganizations: keys.closingOrgIds.length, repeated: !opened.isNew },
      });
      return opened;
    }, reach);
    return this.answer(caseId, await this.isErasedInTime(caseId));
  }

  /** A password that is sent is judged, even where it was not needed. */
  private async prove(password: string | undefined, secondFactor: string | undefined, call: Call): Promise<void> {
    const isProven =
      password === undefined
        ? isConfirmed(call.caller, this.runtime.clock.now())
        : (await call.ask(confirmPassword, { userId: call.user.userId, password, secondFactor })).confirmed;
    if (!isProven) throw new Problem(identityProblems.passwordNeeded);
  }

  /** Whether the first round is through before patience ends. A failure is none of the person's business: it is tried again. */
  private async isErasedInTime(caseId: string): Promise<boolean> {
    const patience = new AbortController();
    const tooLong = delay(ANSWER_WITHIN_MS, patience.signal).then(
      () => false,
      () => false,
    );
    const done = this.erasures.run(caseId).then(
      () => true,
      () => false,
    );
    const isErased = await Promise.race([done, tooLong]);
    patience.abort();
    return isErased;
  }

  private async answer(caseId: string, isErased: boolean): Promise<Answer> {
    const { charter, clock } = this.runtime;
    const due = isErased
      ? goneEverywhereAfter(charter, clock.now())
      : goneEverywhereBy(charter, await this.erasures.clocks(caseId));
    const tasks = await this.erasures.tasks(caseId);
    const state = !isErased ? 'erasing' : isHeld(tasks) ? 'held' : 'erased';
    return { caseId, state, dueAt: due.at.toISOString(), explanation: due.explanation, kept: keptBy(tasks) };
  }
}
