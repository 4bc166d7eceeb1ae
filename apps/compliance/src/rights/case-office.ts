import { groundsFor } from '@millrace/charter';
import {
  type answerCase,
  type askPerson,
  complianceProblems,
  type extendCase,
  type Input,
  type Output,
  type PersonRequest,
  type readCaseFile,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { About, Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { withEvent } from './deadline.js';
import {
  endCase,
  moveClocks,
  openCase,
  personOf,
  readCase,
  viewOf,
  type WorkedCase,
  writeLetter,
} from './worked-case.js';

/** Where officers answer requests. The person hears of every step by mail, and nothing ends but by a letter to them. */
export class CaseOffice {
  constructor(private readonly runtime: Runtime) {}

  async file(caseId: string, call: Call): Promise<Output<typeof readCaseFile>> {
    const found = await call.act(async (tx, about) => {
      about({ target: { kind: 'case', id: caseId } });
      return readCase(tx, caseId);
    }, 'region');
    return { userId: personOf(found), request: viewOf(found, this.runtime.charter) };
  }

  ask({ caseId, question }: Input<typeof askPerson>, call: Call): Promise<PersonRequest> {
    const now = call.clock.now();
    return this.act(caseId, call, async (tx, found) => {
      await writeLetter(tx, { caseId, userId: personOf(found), kind: 'question', text: question }, now);
      await moveClocks(tx, found, { kind: 'clarification-asked', at: now }, 'waiting');
    });
  }

  /** @throws Problem `compliance.cannot-extend` a second time, too late, or where no date would move */
  extend({ caseId, reason }: Input<typeof extendCase>, call: Call): Promise<PersonRequest> {
    const now = call.clock.now();
    const event = { kind: 'extended', at: now, reason } as const;
    return this.act(caseId, call, async (tx, found) => {
      const { clocks, targetAt, state } = found.row;
      const refuse = (detail: string) => new Problem(complianceProblems.cannotExtend, { detail });
      if (clocks.inputs.events.some(({ kind }) => kind === 'extended')) throw refuse('It was extended once already.');
      if (now > targetAt) throw refuse(`The first period ended on ${clocks.targetAt}.`);
      const { targetAt: then, why } = withEvent(clocks, event);
      if (then === clocks.targetAt) throw refuse(`An extension would move no date: ${why}`);
      // Where another clock sets the new date, its sentence does not say why there was an extension.
      const text = why.includes(reason) ? why : `Extended because ${reason}. ${why}`;
      await writeLetter(tx, { caseId, userId: personOf(found), kind: 'extension', text }, now);
      await moveClocks(tx, found, event, state);
    });
  }

  /** @throws Problem `compliance.ground-needed` for a refusal without a ground of the law, or a grant with one */
  answer({ caseId, outcome, text, ground }: Input<typeof answerCase>, call: Call): Promise<PersonRequest> {
    const at = call.clock.now();
    return this.act(caseId, call, async (tx, found, about) => {
      const grounds = groundsFor(found.row.type);
      if (outcome === 'granted' ? ground !== undefined : !ground || !grounds.includes(ground)) {
        const detail = `For ${found.row.type} there are: ${grounds.join(', ')}.`;
        throw new Problem(complianceProblems.groundNeeded, { detail });
      }
      await writeLetter(tx, { caseId, userId: personOf(found), kind: 'answer', text }, at);
      await endCase(tx, caseId, { at, outcome, ...(ground ? { ground } : {}) });
      about({ details: { outcome, ...(ground ? { ground } : {}) } });
    });
  }

  private async act(
    caseId: string,
    call: Call,
    work: (tx: Tx, found: WorkedCase, about: About) => Promise<void>,
  ): Promise<PersonRequest> {
    await call.act(async (tx, about) => {
      const target = { kind: 'case', id: caseId };
      about({ target });
      await work(tx, await openCase(tx, caseId), (facts) => about({ target, ...facts }));
    }, 'region');
    return viewOf(await call.tx((tx) => readCase(tx, caseId), 'region'), this.runtime.charter);
  }
}
