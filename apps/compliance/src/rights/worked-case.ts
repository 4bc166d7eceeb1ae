import { type CaseEvent, type Charter, humanDuration, laws, legalRefusalGrounds, type Regime } from '@millrace/charter';
import {
  type askableRights,
  type caseOutcomes,
  caseMoved,
  type caseNews,
  complianceProblems,
  kernelProblems,
  type letterKinds,
  type PersonRequest,
  type refusalGrounds,
  type RequestSummary,
} from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { closeCase } from './case-desk.js';
import { caseLetters, rightsCases } from './case.tables.js';
import { servedTypes, withEvent } from './deadline.js';

type Right = (typeof askableRights)[number];
type CaseRow = Row<typeof rightsCases>;
/** The row of a request that people answer. */
export type WorkedRow = CaseRow & { readonly type: Right; readonly state: RequestSummary['state'] };
type LetterRow = Row<typeof caseLetters>;

export interface WorkedCase {
  readonly row: WorkedRow;
  readonly letters: readonly LetterRow[];
}

/** How a request ends. */
export interface CaseEnd {
  readonly at: Date;
  readonly outcome: (typeof caseOutcomes)[number];
  readonly ground?: (typeof refusalGrounds)[number];
}

/**
 * The request, kept from others until the transaction ends.
 * @throws Problem `kernel.not-found` where there is none that people answer, `compliance.case-closed` for one that has ended
 */
export async function openCase(tx: Tx, caseId: string): Promise<WorkedCase> {
  await tx.query('select 1 from rights_case where id = $1 for update', [caseId]);
  const found = await readCase(tx, caseId);
  if (found.row.state === 'done') throw new Problem(complianceProblems.caseClosed);
  return found;
}

/** @throws Problem `kernel.not-found` where there is none that people answer */
export async function readCase(tx: Tx, caseId: string): Promise<WorkedCase> {
  const row = await tx.table(rightsCases).findOneBy({ id: caseId });
  if (!row || !isWorked(row)) throw new Problem(kernelProblems.notFound);
  const letters = await tx.table(caseLetters).find({ where: { caseId }, order: { writtenAt: 'ASC', id: 'ASC' } });
  return { row, letters };
}

export const isWorked = (row: CaseRow): row is WorkedRow => !(servedTypes as readonly string[]).includes(row.type);

/** Whose a request is. */
export const personOf = ({ letters }: WorkedCase): string => letters[0]!.userId;

/** Adds a letter. One of whoever answers is told of to the person, by mail. */
export async function writeLetter(
  tx: Tx,
  { caseId, userId, kind, text }: { caseId: string; userId: string; kind: (typeof letterKinds)[number]; text: string },
  at: Date,
): Promise<void> {
  await tx.table(caseLetters).insert({ id: newId(), caseId, userId, kind, text, writtenAt: at, closedAt: null });
  const news = NEWS[kind];
  // It is about the person and not about an organization, for which the person's own id stands.
  if (news) await tx.emit(caseMoved, { orgId: userId, userId, caseId, news });
}

const NEWS: Readonly<Partial<Record<(typeof letterKinds)[number], (typeof caseNews)[number]>>> = {
  question: 'question',
  extension: 'extended',
  answer: 'answered',
};

/** Computes the dates of a case anew, with what has happened now, and stores them. */
export async function moveClocks(
  tx: Tx,
  { row }: WorkedCase,
  event: CaseEvent,
  state: RequestSummary['state'],
): Promise<void> {
  const clocks = withEvent(row.clocks, event);
  await tx.query('update rights_case set state = $2, target_at = $3, latest_at = $4, clocks = $5 where id = $1', [
    row.id,
    state,
    clocks.targetAt,
    clocks.latestAt,
    JSON.stringify(clocks),
  ]);
}

/** Ends a case: it stays in the register and names nobody; its letters stay with the person for the time of a case's file. */
export async function endCase(tx: Tx, caseId: string, { at, outcome, ground }: CaseEnd): Promise<void> {
  await tx.query('update rights_case set outcome = $2, ground = $3 where id = $1', [caseId, outcome, ground ?? null]);
  await tx.query('update case_letter set closed_at = $2 where case_id = $1', [caseId, at]);
  await closeCase(tx, caseId, at);
}

export function summaryOf(row: WorkedRow): RequestSummary {
  const { id: caseId, type: right, state, receivedAt, targetAt, clocks, outcome, completedAt } = row;
  return {
    ...{ caseId, right, state, receivedAt: receivedAt.toISOString(), dueAt: targetAt.toISOString(), why: clocks.why },
    ...(outcome ? { outcome } : {}),
    ...(completedAt ? { completedAt: completedAt.toISOString() } : {}),
  };
}

/** A request as the person and whoever answers see it. */
export function viewOf({ row, letters }: WorkedCase, charter: Charter): PersonRequest {
  return {
    ...summaryOf(row),
    letters: letters.map(({ kind, writtenAt, text }) => ({ kind, at: writtenAt.toISOString(), text })),
    ...(row.ground ? { refusal: refusalOf(row.ground, row.clocks.inputs.regimes, charter) } : {}),
  };
}

function refusalOf(
  ground: (typeof refusalGrounds)[number],
  regimes: readonly Regime[],
  charter: Charter,
): NonNullable<PersonRequest['refusal']> {
  const { sentence, source } = legalRefusalGrounds[ground];
  const { appeal } = charter.document.rights;
  return {
    ground,
    sentence,
    source,
    authorities: regimes.map((regime) => ({ law: laws[regime].title, authority: laws[regime].authority })),
    appeal: appeal
      ? `Ask for the right "appeal" and say what we overlooked; you have an answer within ${humanDuration(appeal.answer)}.`
      : 'Ask for the right "complaint" and say what we overlooked.',
  };
}
