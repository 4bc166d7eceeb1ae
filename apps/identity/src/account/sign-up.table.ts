import { personal, plain, secret, table } from '@millrace/privacy';

const meaning = { category: 'identity', purposes: ['account'], retention: 'auth-token', onErase: 'delete' } as const;

/**
 * An account that was asked for and waits until the address is confirmed. Several may wait for one address; whichever
 * is confirmed by somebody who reads its mail and knows its password becomes the account.
 */
export const signUps = table(
  'sign_up',
  {
    /** The id that the account will have. */
    userId: personal.userId({ ...meaning, of: 'userId' }, { primary: true }),
    /** The id that its organization will have. */
    orgId: plain.uuid(),
    email: personal.email({ ...meaning, category: 'contact' }),
    passwordHash: secret.bcrypt({ retention: 'auth-token' }),
    pepperVersion: plain.integer(),
    name: personal.text(200, meaning, { nullable: true }),
    company: personal.text(200, meaning, { nullable: true }),
    jobTitle: personal.text(200, meaning, { nullable: true }),
    phone: personal.text(40, { ...meaning, category: 'contact' }, { nullable: true }),
    username: personal.text(64, meaning, { nullable: true }),
    organization: personal.text(100, meaning, { nullable: true }),
    createdAt: plain.instant(),
    expiresAt: plain.instant(),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }, { possession: 'emailLookup' }],
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
