import { personal, plain, table } from '@millrace/privacy';

const meaning = {
  category: 'security-log',
  purposes: ['security'],
  retention: 'auth-token',
  onErase: 'delete',
} as const;

/** Somebody asked a human to lift a lockout. A person has one such request; it is gone a day later. */
export const appeals = table(
  'lockout_appeal',
  {
    id: plain.uuid({ primary: true }),
    /** Whose account it is; for an address without one, an id that nobody has. */
    userId: personal.userId(meaning, { unique: true }),
    reason: personal.text(500, meaning),
    askedAt: plain.instant(),
    expiresAt: plain.instant(),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }],
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
