import type { StaffRole } from '@millrace/contracts';
import { personal, plain, secret, table } from '@millrace/privacy';

const meaning = { category: 'identity', purposes: ['account'], retention: 'account', onErase: 'delete' } as const;
const session = { category: 'security-log', purposes: ['security'], retention: 'session', onErase: 'delete' } as const;

/** Somebody who works for the operator. Title and team are held of staff alone, and only where the charter says so. */
export const staff = table(
  'staff',
  {
    id: personal.userId({ ...meaning, of: 'id' }, { primary: true }),
    /** HMAC of issuer and subject: nobody else's identity provider can name the same person. */
    subjectKey: secret.digest('hmac-sha-256', { retention: 'account' }, { unique: true }),
    name: personal.text(200, meaning, { nullable: true }),
    title: personal.text(200, meaning, { nullable: true }),
    team: personal.text(200, meaning, { nullable: true }),
    /** What their groups gave at the last sign-in, and what was given to the first of them. */
    roles: plain.json<StaffRole[]>(),
    granted: plain.json<StaffRole[]>(),
    createdAt: plain.instant(),
    lastSignInAt: plain.instant(),
    /** When they left; the account's retention runs from here. */
    endedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'id',
    guards: [{ subject: 'id' }, { possession: 'subjectKey' }],
    retention: { rule: 'account', from: 'endedAt' },
  },
);

/** A browser in which one of the staff is signed in. Nobody's session as a user is in here, and none of these in there. */
export const staffSessions = table(
  'staff_session',
  {
    id: plain.uuid({ primary: true }),
    staffId: personal.userId(session),
    tokenHash: secret.digest('sha-256', { retention: 'session' }, { unique: true }),
    device: personal.text(60, session, { nullable: true }),
    createdAt: plain.instant(),
    lastSeenAt: plain.instant(),
    expiresAt: plain.instant(),
  },
  {
    subject: 'staffId',
    guards: [{ subject: 'staffId' }, { possession: 'tokenHash' }],
    indexes: [['staffId']],
    references: { staffId: 'staff' },
    retention: { rule: 'session', from: 'expiresAt' },
  },
);

/** Makes the first of the staff an operator. */
export const staffInvitations = table(
  'staff_invitation',
  {
    /** Nobody's account belongs to it yet: an id made of the code stands for whoever shows it. */
    holderId: personal.userId({ ...session, retention: 'auth-token' }, { primary: true }),
    codeHash: secret.digest('sha-256', { retention: 'auth-token' }, { unique: true }),
    expiresAt: plain.instant(),
  },
  {
    subject: 'holderId',
    guards: [{ subject: 'holderId' }],
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
