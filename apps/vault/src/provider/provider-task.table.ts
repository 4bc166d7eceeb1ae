import { plain, table } from '@millrace/privacy';

/**
 * What is to be done at a provider for a connection: its token is renewed while it is active, its grant is ended once it
 * is revoked. A connection has one task or none.
 */
export const providerTasks = table(
  'provider_task',
  {
    connectionId: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    kind: plain.oneOf(['renew', 'revoke']),
    dueAt: plain.instant(),
    /** Until when one vault alone works on it; still set when that vault died on the way. */
    claimedUntil: plain.instant({ nullable: true }),
    /** Attempts since it last succeeded. */
    attempts: plain.integer(),
  },
  {
    guards: [{ tenant: true }],
    references: { connectionId: 'connection' },
    indexes: [['dueAt']],
    retention: { livesWith: 'its connection, until there is nothing to be done any more' },
  },
);
