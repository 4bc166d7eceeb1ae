import { personal, plain, secret, table } from '@millrace/privacy';

const meaning = { category: 'credential', purposes: ['security'], retention: 'account', onErase: 'delete' } as const;

/**
 * The authenticator app of an account. Its key is in no row: it is derived from a version of the region's pepper and
 * `seed`, so that version stays needed for as long as the row.
 */
export const authenticators = table(
  'authenticator',
  {
    userId: personal.userId(meaning, { primary: true }),
    seed: plain.uuid(),
    pepperVersion: plain.integer(),
    createdAt: plain.instant(),
    /** Null until a code of it was confirmed; it does not count before. */
    confirmedAt: plain.instant({ nullable: true }),
    /** The last time step of which a code was taken (RFC 6238 §5.2: no code works twice). */
    lastStep: plain.bigint({ default: '0' }),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }],
    references: { userId: 'account' },
    retention: { livesWith: 'account' },
  },
);

/** Codes that stand in for the authenticator, each once. */
export const recoveryCodes = table(
  'recovery_code',
  {
    userId: personal.userId(meaning, { primary: true }),
    codeHash: secret.digest('hmac-sha-256', { retention: 'account' }, { primary: true }),
    pepperVersion: plain.integer(),
    createdAt: plain.instant(),
    usedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }],
    references: { userId: 'account' },
    retention: { livesWith: 'account' },
  },
);
