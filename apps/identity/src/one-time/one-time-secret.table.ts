import { oneTimePurposes } from '@millrace/contracts';
import { personal, plain, secret, table } from '@millrace/privacy';

const meaning = { retention: 'auth-token', onErase: 'delete' } as const;

/** A secret that is mailed and works once. Here is only its keyed hash, and that only once the mail has been written. */
export const oneTimeSecrets = table(
  'one_time_secret',
  {
    id: plain.uuid({ primary: true }),
    userId: personal.userId({ ...meaning, category: 'security-log', purposes: ['security'] }),
    purpose: plain.oneOf(oneTimePurposes),
    /** Where it goes when that is not the address of the account. */
    email: personal.email({ ...meaning, category: 'contact', purposes: ['account'] }, { nullable: true }),
    /** What the browser that asked for a code holds: a code works together with it only. */
    challengeHash: secret.digest('sha-256', meaning, { nullable: true, unique: true }),
    secretHash: secret.digest('hmac-sha-256', meaning, { nullable: true, unique: true }),
    wrongAttempts: plain.integer({ default: '0' }),
    createdAt: plain.instant(),
    expiresAt: plain.instant(),
    usedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }, { possession: 'secretHash' }, { possession: 'challengeHash' }],
    indexes: [['userId', 'purpose', 'createdAt']],
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
