import { personal, plain, table } from '@millrace/privacy';

/**
 * Failed proofs against an account, or against an address that nobody has an account with (its `strangerId`): both are
 * counted alike, so that being locked out does not tell which of them it is. Whoever succeeds has no row.
 */
export const lockouts = table(
  'lockout',
  {
    userId: personal.userId(
      { category: 'security-log', purposes: ['security'], retention: 'auth-token', onErase: 'delete' },
      { primary: true },
    ),
    failures: plain.integer({ default: '0' }),
    failingSince: plain.instant({ nullable: true }),
    lockedUntil: plain.instant({ nullable: true }),
    /** How often it was locked since the last success; each lasts longer than the one before. */
    locks: plain.integer({ default: '0' }),
    /** From when nothing of it counts any more. */
    expiresAt: plain.instant(),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }],
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
