import { z } from 'zod';
import { any, self, service, staff } from '../caller.js';
import { f } from '../field.js';
import { del, get, Nothing, operation, post } from '../operation.js';
import { complianceProblems } from '../problems.js';

/**
 * Rights that a person asks for in their own words and that an officer answers. Copies and erasures are not among them: those
 * a person has at once, from {@link exportMe} and {@link eraseMe}.
 */
export const askableRights = [
  'rectification',
  'correct',
  'restriction',
  'objection',
  'no-automated-decision',
  'opt-out',
  'limit-sensitive',
  'non-discrimination',
  'transfer-safeguards',
  'named-recipients',
  'complaint',
  'appeal',
] as const;

/** The laws that a person can say to live under. */
export const lawNames = ['gdpr', 'uk-gdpr', 'fadp', 'ccpa', 'vcdpa'] as const;

/** How a request ended. Nothing is refused but by a person. */
export const caseOutcomes = ['granted', 'partly-granted', 'refused', 'withdrawn'] as const;

/** Why a law lets a request be refused. */
export const refusalGrounds = [
  'unfounded-or-excessive',
  'not-identified',
  'correct-as-held',
  'compelling-grounds',
  'legal-claims',
  'legal-obligation',
  'others-rights',
  'no-such-processing',
  'answer-stands',
] as const;

/** The longest letter, in characters. */
export const LETTER_LENGTH = 4_000;
/** Letters of a case at most. */
const MAX_LETTERS = 200;

const letterText = () => f.personalText(LETTER_LENGTH).check(z.minLength(1));

/** `request` and `reply` are the person's. */
export const letterKinds = ['request', 'question', 'reply', 'extension', 'answer'] as const;

const Letter = z.strictObject({
  kind: f.oneOf(...letterKinds),
  at: f.instant(),
  text: f.personalText(LETTER_LENGTH),
});
export type CaseLetter = z.output<typeof Letter>;

const facts = {
  caseId: f.id('case'),
  right: f.oneOf(...askableRights),
  /** `waiting`: for the person's reply to a question. */
  state: f.oneOf('open', 'waiting', 'done'),
  receivedAt: f.instant(),
  /** By when it is to be answered, and why then: one sentence. */
  dueAt: f.instant(),
  why: f.machineText(2_000),
  outcome: f.oneOf(...caseOutcomes).optional(),
  completedAt: f.instant().optional(),
};
const Summary = z.strictObject(facts);
export type RequestSummary = z.output<typeof Summary>;

const Request = z.strictObject({
  ...facts,
  letters: z.array(Letter).max(MAX_LETTERS),
  /** What a refusal, in whole or in part, rests on, and what the person can do about it. */
  refusal: z
    .strictObject({
      ground: f.oneOf(...refusalGrounds),
      /** What that means, and where the law says so. */
      sentence: f.machineText(500),
      source: f.machineText(200),
      /** Whom the person can complain to, by the law that they live under. */
      authorities: z.array(z.strictObject({ law: f.machineText(100), authority: f.machineText(200) })),
      /** How to ask for another look. */
      appeal: f.machineText(300),
    })
    .optional(),
});
export type PersonRequest = z.output<typeof Request>;

const OneCase = z.strictObject({ caseId: f.id('case') });
const closed = [complianceProblems.caseClosed];

export const askRight = operation({
  name: 'compliance.request.ask',
  summary: 'Ask for a right of yours in your own words; somebody answers by a date that is said at once',
  http: post('/api/v1/auth/me/requests', { status: 201 }),
  input: z.strictObject({
    right: f.oneOf(...askableRights),
    text: letterText(),
    /** The law that you live under, where you know. Default: the strictest date of every law that the charter grants. */
    law: f.oneOf(...lawNames).optional(),
  }),
  output: Request,
  access: self(),
  audit: 'case.opened',
  errors: [complianceProblems.rightNotGranted],
});

export const listRequests = operation({
  name: 'compliance.request.list',
  summary: 'What you asked for, the newest first',
  http: get('/api/v1/auth/me/requests'),
  input: Nothing,
  output: z.strictObject({ requests: z.array(Summary) }),
  access: self(),
});

export const readRequest = operation({
  name: 'compliance.request.read',
  summary: 'A request of yours with every letter, and why it is due when it is',
  http: get('/api/v1/auth/me/requests/{caseId}'),
  input: OneCase,
  output: Request,
  access: self(),
});

export const replyInRequest = operation({
  name: 'compliance.request.reply',
  summary: 'Answer a question, or add something, to a request of yours',
  http: post('/api/v1/auth/me/requests/{caseId}/letters', { status: 201 }),
  input: z.strictObject({ caseId: f.id('case'), text: letterText() }),
  output: Request,
  access: self(),
  errors: closed,
});

export const withdrawRequest = operation({
  name: 'compliance.request.withdraw',
  summary: 'Take a request of yours back',
  http: del('/api/v1/auth/me/requests/{caseId}'),
  input: OneCase,
  output: Request,
  access: self(),
  errors: closed,
});

const officer = any(service('operator'), staff('officer'));

export const readCaseFile = operation({
  name: 'compliance.case.read-file',
  summary: 'The letters of a request and whose it is, for whoever answers it; the reading is in the ledger',
  http: get('/api/v1/staff/cases/{caseId}/file'),
  input: OneCase,
  output: z.strictObject({ userId: f.userId(), request: Request }),
  access: officer,
  audit: 'case.file-read',
});

export const askPerson = operation({
  name: 'compliance.case.ask',
  summary: 'Ask the person what they mean; where the law allows it, the time until they reply does not count',
  http: post('/api/v1/staff/cases/{caseId}/question', { status: 201 }),
  input: z.strictObject({ caseId: f.id('case'), question: letterText() }),
  output: Request,
  access: officer,
  audit: 'case.question-asked',
  errors: closed,
});

export const extendCase = operation({
  name: 'compliance.case.extend',
  summary: 'Take more time, once, before the first period ends; the person is told why',
  http: post('/api/v1/staff/cases/{caseId}/extension', { status: 201 }),
  input: z.strictObject({
    caseId: f.id('case'),
    /** Completes "because …"; the person reads it, and it stands in the reasons of the dates. Names nobody. */
    reason: f.machineText(300).check(z.minLength(1)),
  }),
  output: Request,
  access: officer,
  audit: 'case.extended',
  errors: [...closed, complianceProblems.cannotExtend],
});

export const answerCase = operation({
  name: 'compliance.case.answer',
  summary: 'Answer a request: granted, partly granted or refused on one of the law’s grounds; it ends with that',
  http: post('/api/v1/staff/cases/{caseId}/answer', { status: 201 }),
  input: z.strictObject({
    caseId: f.id('case'),
    outcome: f.oneOf('granted', 'partly-granted', 'refused'),
    text: letterText(),
    /** What is not granted, on what ground; with every outcome but `granted`. */
    ground: f.oneOf(...refusalGrounds).optional(),
  }),
  output: Request,
  access: officer,
  audit: 'case.answered',
  errors: [...closed, complianceProblems.groundNeeded],
});
