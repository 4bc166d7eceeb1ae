import { z } from 'zod';
import { any, contextNames, service, staff } from '../caller.js';
import { f } from '../field.js';
import { get, Nothing, operation, post } from '../operation.js';
import { complianceProblems } from '../problems.js';

/** Days after which a hold must have been looked at again, at most. */
export const REVIEW_WITHIN_DAYS = 366;

/**
 * - `coming`: not every service keeps to it yet
 * - `in-force`: what it covers is neither erased nor swept, anywhere
 * - `review-due`: the same, but somebody has to decide whether it is still needed
 * - `released`: over
 */
export const holdStates = ['coming', 'in-force', 'review-due', 'released'] as const;

const covers = {
  /** The person whose data stays. */
  userId: f.userId().optional(),
  /** The organization whose data stays. */
  orgId: f.id('organization').optional(),
  /** Only rows that tell of this instant or later. */
  from: f.instant().optional(),
  /** Only rows that tell of a time before this instant. */
  until: f.instant().optional(),
};

export const Hold = z.strictObject({
  holdId: f.id('hold'),
  ...covers,
  reason: f.personalText(500),
  state: f.oneOf(...holdStates),
  /** Services that do not keep to its present state yet. */
  waitingFor: z.array(f.oneOf(...contextNames)),
  placedAt: f.instant(),
  reviewAt: f.instant(),
  releasedAt: f.instant().optional(),
  /** Erasures that it keeps from being completed. */
  heldCases: z.array(f.id('case')),
});
export type Hold = z.output<typeof Hold>;

const officer = any(service('operator'), staff('officer'));
const byId = z.strictObject({ holdId: f.id('hold') });

export const placeHold = operation({
  name: 'compliance.hold.place',
  summary: 'Keep what a person, an organization or a stretch of time is about from being erased or swept',
  http: post('/api/v1/staff/holds', { status: 201 }),
  input: z.strictObject({ ...covers, reason: f.personalText(500), reviewAt: f.instant() }),
  output: Hold,
  access: officer,
  audit: 'hold.placed',
  stepUp: true,
  errors: [complianceProblems.holdCoversNothing, complianceProblems.reviewTooFar, complianceProblems.tooManyHolds],
  deadlineMs: 30_000,
});

export const listHolds = operation({
  name: 'compliance.hold.list',
  summary: 'Every legal hold, those in force first',
  http: get('/api/v1/staff/holds'),
  input: Nothing,
  output: z.strictObject({ holds: z.array(Hold) }),
  access: officer,
});

export const reviewHold = operation({
  name: 'compliance.hold.review',
  summary: 'Say that a hold is still needed, and when to ask again',
  http: post('/api/v1/staff/holds/{holdId}/review'),
  input: byId.extend({ reviewAt: f.instant() }),
  output: Hold,
  access: officer,
  audit: 'hold.reviewed',
  stepUp: true,
  errors: [complianceProblems.holdReleased, complianceProblems.reviewTooFar],
});

export const releaseHold = operation({
  name: 'compliance.hold.release',
  summary: 'End a hold: erasures that it kept open go on, and rows whose period is over are swept',
  http: post('/api/v1/staff/holds/{holdId}/release'),
  input: byId,
  output: Hold,
  access: officer,
  audit: 'hold.released',
  stepUp: true,
  errors: [complianceProblems.holdReleased],
  deadlineMs: 30_000,
});
