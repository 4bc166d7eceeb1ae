import { z } from 'zod';
import { any, service, staff } from '../caller.js';
import { f } from '../field.js';
import { get, operation } from '../operation.js';
import { askableRights, caseOutcomes } from './request-operations.js';

/** Cases on a page of {@link listCases}. */
export const CASES_PER_PAGE = 100;

/**
 * `waiting`: for the person's reply to a question. `settling`: erased everywhere once, and looked at again in a moment. `held`:
 * kept open by a legal hold.
 */
export const caseStates = ['open', 'waiting', 'settling', 'held', 'done'] as const;

const facts = {
  caseId: f.id('case'),
  type: f.oneOf('access', 'erasure', ...askableRights),
  state: f.oneOf(...caseStates),
  receivedAt: f.instant(),
  /** By the strictest reading of every law and promise that applies; the work goes by it. */
  targetAt: f.instant(),
  /** By the best reading of the laws that can be defended. */
  latestAt: f.instant(),
  /** Why the target is when it is, and why the latest date: one sentence each. */
  why: f.machineText(2_000),
  latestWhy: f.machineText(2_000),
  /** Not done, and the target is over. */
  isOverdue: f.boolean(),
  completedAt: f.instant().optional(),
  /** Of a request that a person answered, or that was taken back. */
  outcome: f.oneOf(...caseOutcomes).optional(),
};
const Summary = z.strictObject(facts);
export type CaseSummary = z.output<typeof Summary>;

const Clock = z.strictObject({
  /** The law, or `promise` for what the charter promises by itself. */
  regime: f.word(),
  step: f.oneOf('acknowledge', 'answer', 'appeal'),
  /** Legal dates, such as 2026-12-22, in this time zone. */
  zone: f.machineText(64),
  targetOn: f.machineText(10),
  latestOn: f.machineText(10),
  why: f.machineText(2_000),
  latestWhy: f.machineText(2_000),
});

const Case = z.strictObject({
  ...facts,
  /** Every clock that runs, with both readings. */
  clocks: z.array(Clock),
  /** What the dates were computed with. */
  ruleVersion: f.machineText(100),
  calendarVersion: f.machineText(100),
});
export type Case = z.output<typeof Case>;

const officer = any(service('operator'), staff('officer'));

export const listCases = operation({
  name: 'compliance.case.list',
  summary: 'Requests of people and when they are due, the most urgent first; never whose they are',
  http: get('/api/v1/staff/cases'),
  input: z.strictObject({
    /** Default: those that are not done. */
    state: f.oneOf(...caseStates).optional(),
    /** The last case of the page before. */
    after: f.id('case').optional(),
  }),
  output: z.strictObject({
    cases: z.array(Summary).max(CASES_PER_PAGE),
    /** Ask again with this as `after`; absent on the last page. */
    next: f.id('case').optional(),
  }),
  access: officer,
});

export const readCase = operation({
  name: 'compliance.case.read',
  summary: 'One request with every clock that runs, each with its reason',
  http: get('/api/v1/staff/cases/{caseId}'),
  input: z.strictObject({ caseId: f.id('case') }),
  output: Case,
  access: officer,
});
