import { plain, table } from '@millrace/privacy';

/** Every lease that was given. The grant's id is unique, which is what makes a grant good for one lease only. */
export const leaseLog = table(
  'lease_log',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    connectionId: plain.uuid(),
    grantId: plain.uuid({ unique: true }),
    purpose: plain.oneOf(['run', 'inspect']),
    runId: plain.uuid({ nullable: true }),
    partitionId: plain.uuid({ nullable: true }),
    fence: plain.bigint({ nullable: true }),
    /** Thumbprint of the worker's key that the credential was sealed to. */
    workerKey: plain.word(64),
    at: plain.instant(),
    /** When the grant ended; its id is remembered far longer. */
    expiresAt: plain.instant(),
  },
  {
    guards: [{ tenant: true }],
    appPrivileges: ['select', 'insert'],
    indexes: [['connectionId', 'at'], ['at']],
    retention: { rule: 'sync-history', from: 'at' },
  },
);
