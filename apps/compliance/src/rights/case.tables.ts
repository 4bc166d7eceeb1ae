import type { ComputedClocks } from '@millrace/charter';
import {
  caseOutcomes,
  caseStates,
  LETTER_LENGTH,
  letterKinds,
  refusalGrounds,
  type SubjectKeys,
} from '@millrace/contracts';
import { personal, plain, table } from '@millrace/privacy';
import type { Certificate, TaskOutcome } from './certificate.js';
import { caseTypes } from './deadline.js';

/** The minimal register of requests: what was asked, when, and how it ended. It never says by whom. */
export const rightsCases = table(
  'rights_case',
  {
    id: plain.uuid({ primary: true }),
    type: plain.oneOf(caseTypes),
    /**
     * `settling`: erased everywhere once; what was under way meanwhile is erased by a second round. `held`: all is erased but
     * what is under a legal hold; it goes on when the holds have changed.
     */
    state: plain.oneOf(caseStates),
    receivedAt: plain.instant(),
    /** The strictest reading of the laws and promises of the charter in force then; the work goes by it. */
    targetAt: plain.instant(),
    /** The best reading of the laws that can be defended; never earlier. */
    latestAt: plain.instant(),
    /** How both dates came about: what went in, the versions of rules and calendars, and a sentence for each date. */
    clocks: plain.json<ComputedClocks>(),
    /** When the second round of an erasure begins. */
    settlesAt: plain.instant({ nullable: true }),
    /** Of a case that is held: the list of holds that kept it open. */
    heldByList: plain.bigint({ nullable: true }),
    completedAt: plain.instant({ nullable: true }),
    /** Of a request that somebody answered, or that was taken back. */
    outcome: plain.oneOf(caseOutcomes, { nullable: true }),
    /** Of one that was refused, at least in part: the law's ground. */
    ground: plain.oneOf(refusalGrounds, { nullable: true }),
    certificate: plain.json<Certificate>({ nullable: true }),
  },
  {
    guards: [{ append: true }],
    appPrivileges: ['insert'],
    retention: { rule: 'case-register', from: 'completedAt' },
    indexes: [['state', 'type']],
  },
);

const meaning = {
  category: 'case',
  purposes: ['rights'],
  retention: 'case-file',
  onErase: { keep: 'Needed until the erasure is complete, then deleted' },
} as const;

/** Whose an open case is; the row goes when the case is completed. A person has one open case of a type. */
export const caseSubjects = table(
  'case_subject',
  {
    caseId: plain.uuid({ primary: true }),
    type: plain.oneOf(caseTypes),
    userId: personal.userId(meaning),
    /** How the services know the person, so that an erasure goes on when identity has forgotten them. */
    keys: personal.json<SubjectKeys>(meaning),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }],
    references: { caseId: 'rights_case' },
    unique: [['userId', 'type']],
    retention: { livesWith: 'the open case' },
  },
);

const letter = { ...meaning, onErase: 'delete' } as const;

/** What a person and whoever answers them wrote to one another. */
export const caseLetters = table(
  'case_letter',
  {
    id: plain.uuid({ primary: true }),
    caseId: plain.uuid(),
    userId: personal.userId(letter),
    kind: plain.oneOf(letterKinds),
    text: personal.text(LETTER_LENGTH, letter),
    writtenAt: plain.instant(),
    /** When the case was answered or taken back. */
    closedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }],
    references: { caseId: 'rights_case' },
    indexes: [['caseId'], ['userId']],
    retention: { rule: 'case-file', from: 'closedAt' },
  },
);

/** What one service still has to do, or has done, in the present round of an erasure. */
export const caseTasks = table(
  'case_task',
  {
    caseId: plain.uuid({ primary: true }),
    context: plain.word(32, { primary: true }),
    state: plain.oneOf(['waiting', 'done']),
    attempts: plain.integer({ default: '0' }),
    outcome: plain.json<TaskOutcome>({ nullable: true }),
  },
  {
    guards: [{ append: true }],
    appPrivileges: ['insert'],
    references: { caseId: 'rights_case' },
    retention: { livesWith: 'rights_case' },
  },
);
