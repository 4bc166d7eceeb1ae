import { z } from 'zod';
import { permission, staff } from '../caller.js';
import { f } from '../field.js';
import { get, Nothing, operation, post } from '../operation.js';
import { identityProblems } from '../problems.js';

/** The request header by which somebody of the staff names the customer whose data they read. */
export const STAFF_ACCESS_HEADER = 'millrace-organization';

/**
 * - `asked`: waits for somebody else's approval
 * - `open`: the asker may read until it ends
 * - `refused`, `ended`: over
 */
export const staffAccessStates = ['asked', 'open', 'refused', 'ended'] as const;

/** An access to a customer's data, as the staff and the customer see it. */
export const StaffAccess = z.strictObject({
  accessId: f.id('staff-access'),
  orgId: f.id('organization'),
  /** Who asked, by the name at the identity provider. */
  askedBy: f.personName().optional(),
  reason: f.personalText(500),
  state: f.oneOf(...staffAccessStates),
  askedAt: f.instant(),
  openedAt: f.instant().optional(),
  /** When it ends or ended. */
  endsAt: f.instant().optional(),
});
export type StaffAccess = z.output<typeof StaffAccess>;

const byId = z.strictObject({ accessId: f.id('staff-access') });
const everybody = staff('support', 'officer', 'operator');

export const askStaffAccess = operation({
  name: 'identity.staff.access-ask',
  summary: 'Ask for a look at a customer’s data. Somebody else must approve it, and the customer sees it.',
  http: post('/api/v1/staff/access', { status: 201 }),
  input: z.strictObject({ orgId: f.id('organization'), reason: f.personalText(500) }),
  output: StaffAccess,
  access: staff('support', 'officer'),
  audit: 'staff-access.asked',
});

export const approveStaffAccess = operation({
  name: 'identity.staff.access-approve',
  summary: 'Approve a colleague’s look at a customer’s data, for as long as the charter says',
  http: post('/api/v1/staff/access/{accessId}/approve'),
  input: byId,
  output: StaffAccess,
  access: everybody,
  audit: 'staff-access.approved',
  stepUp: true,
  errors: [identityProblems.secondPerson, identityProblems.accessNotOpen],
});

export const refuseStaffAccess = operation({
  name: 'identity.staff.access-refuse',
  summary: 'Refuse a colleague’s look at a customer’s data',
  http: post('/api/v1/staff/access/{accessId}/refuse'),
  input: byId,
  output: StaffAccess,
  access: everybody,
  audit: 'staff-access.refused',
  errors: [identityProblems.secondPerson, identityProblems.accessNotOpen],
});

export const endStaffAccess = operation({
  name: 'identity.staff.access-end',
  summary: 'End a look at a customer’s data before its time',
  http: post('/api/v1/staff/access/{accessId}/end'),
  input: byId,
  output: StaffAccess,
  access: everybody,
  audit: 'staff-access.ended',
  errors: [identityProblems.accessNotOpen],
});

export const listStaffAccess = operation({
  name: 'identity.staff.access-list',
  summary: 'Who of the staff asked to see which customer’s data, and what became of it: the newest first',
  http: get('/api/v1/staff/access'),
  input: Nothing,
  output: z.strictObject({ accesses: z.array(StaffAccess) }),
  access: everybody,
});

export const listAccessByStaff = operation({
  name: 'identity.staff-access.list',
  summary: 'When and why the operator’s staff asked to see your organization’s data: the newest first',
  http: get('/api/v1/organization/staff-access'),
  input: Nothing,
  output: z.strictObject({ accesses: z.array(StaffAccess) }),
  access: permission('ledger.read'),
});
