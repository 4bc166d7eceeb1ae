import { z } from 'zod';
import { public_, service, staff, staffRoles } from '../caller.js';
import { f } from '../field.js';
import { get, Nothing, operation, post } from '../operation.js';
import { identityProblems } from '../problems.js';
import { device, Session } from './account-shapes.js';

/** Where the operator's identity provider sends its staff back to. */
export const staffCallbackPath = '/staff/callback';

/** How long an invitation for the first of the staff is good: fifteen minutes, the life of a link that signs somebody in. */
export const STAFF_INVITATION_MS = 900_000;

const roles = z.array(f.oneOf(...staffRoles));

export const beginStaffSignIn = operation({
  name: 'identity.staff.begin',
  summary: 'Begin to sign in as staff: go to the address that is answered. This browser alone can finish it.',
  http: post('/api/v1/staff/sign-in', { status: 201, session: 'start' }),
  input: z.strictObject({
    /** What `millrace staff invite-first` printed. */
    invitation: f.secret(100).optional(),
  }),
  output: z.strictObject({
    url: f.secret(8_192),
    /** Not a session yet: it tells the browser that began from all others. */
    session: Session,
  }),
  access: public_(),
  errors: [identityProblems.noStaffProvider],
});

export const finishStaffSignIn = operation({
  name: 'identity.staff.finish',
  summary: 'Finish to sign in as staff with what the identity provider answered',
  http: post('/api/v1/staff/sign-in/finish', { session: 'start', device: true, browser: true }),
  input: z.strictObject({
    /** The query of the address that the provider sent the browser to. */
    answer: f.secret(8_192),
    browser: f.digest().optional(),
    device,
  }),
  output: z.strictObject({ staffId: f.userId(), name: f.personName().optional(), roles, session: Session }),
  access: public_(),
  audit: 'staff.signed-in',
  errors: [
    identityProblems.noStaffProvider,
    identityProblems.staffSignInUnknown,
    identityProblems.staffSignInRefused,
    identityProblems.staffSecondFactor,
    identityProblems.staffNoGroup,
    identityProblems.staffProviderAway,
  ],
  deadlineMs: 25_000,
});

export const readStaff = operation({
  name: 'identity.staff.read',
  summary: 'Who you are as staff, and what you may do',
  http: get('/api/v1/staff/me'),
  input: Nothing,
  output: z.strictObject({
    staffId: f.userId(),
    name: f.personName().optional(),
    /** Kept where the charter says so (`accounts.staffOnly`). */
    title: f.personalText(200).optional(),
    team: f.personalText(200).optional(),
    roles,
  }),
  access: staff('support', 'officer', 'operator'),
});

export const signOutStaff = operation({
  name: 'identity.staff.sign-out',
  summary: 'End your session as staff',
  http: post('/api/v1/staff/sign-out', { session: 'end' }),
  input: Nothing,
  output: Nothing,
  access: staff('support', 'officer', 'operator'),
  audit: 'staff.signed-out',
});

export const inviteFirstStaff = operation({
  name: 'identity.staff.invite-first',
  summary: 'A code with which the first of the staff becomes an operator, whatever their groups say',
  input: Nothing,
  output: z.strictObject({ invitation: f.secret(100), expiresAt: f.instant() }),
  access: service('operator'),
  audit: 'staff.invited-first',
  errors: [identityProblems.noStaffProvider, identityProblems.staffExists],
});
