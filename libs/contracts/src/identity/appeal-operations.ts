import { z } from 'zod';
import { any, public_, service, staff } from '../caller.js';
import { f } from '../field.js';
import { get, Nothing, operation, post } from '../operation.js';

const answerable = any(service('operator'), staff('support', 'officer'));

export const appealLockout = operation({
  name: 'identity.lockout.appeal',
  summary:
    'Ask a human to open an account that is locked after wrong passwords; the answer is the same for every address',
  http: post('/api/v1/auth/lockout/appeal', { status: 202 }),
  input: z.strictObject({
    email: f.email(),
    /** What happened, in the person's own words. */
    reason: f.personalText(500),
  }),
  output: z.strictObject({ status: f.oneOf('accepted') }),
  access: public_(),
  audit: 'lockout.appealed',
});

const Appeal = z.strictObject({
  appealId: f.id('appeal'),
  reason: f.personalText(500),
  askedAt: f.instant(),
  lockedUntil: f.instant(),
});

export const listAppeals = operation({
  name: 'identity.lockout.list',
  summary: 'Appeals against lockouts that still hold, the oldest first',
  http: get('/api/v1/staff/appeals'),
  input: Nothing,
  output: z.strictObject({ appeals: z.array(Appeal) }),
  access: answerable,
});

export const answerAppeal = operation({
  name: 'identity.lockout.answer',
  summary: 'Lift a lockout, or leave it to end by itself; the person is told when it is lifted',
  http: post('/api/v1/staff/appeals/{appealId}'),
  input: z.strictObject({ appealId: f.id('appeal'), decision: f.oneOf('lift', 'leave') }),
  output: Nothing,
  access: answerable,
  audit: 'lockout.answered',
});
