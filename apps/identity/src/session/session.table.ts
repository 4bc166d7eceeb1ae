import { personal, plain, secret, table } from '@millrace/privacy';

/** A signed-in browser or tool. The token is with its holder; here is its hash only. */
export const sessions = table(
  'session',
  {
    id: plain.uuid({ primary: true }),
    userId: personal.userId({
      category: 'security-log',
      purposes: ['security'],
      retention: 'session',
      onErase: 'delete',
    }),
    orgId: plain.tenant(),
    tokenHash: secret.digest('sha-256', { retention: 'session' }, { unique: true }),
    createdAt: plain.instant(),
    lastSeenAt: plain.instant(),
    /** The absolute end; the idle end is counted from `lastSeenAt`. */
    expiresAt: plain.instant(),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }, { possession: 'tokenHash' }],
    indexes: [['userId']],
    retention: { rule: 'session', from: 'expiresAt' },
  },
);
