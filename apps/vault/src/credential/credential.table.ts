import { plain, secret, table } from '@millrace/privacy';

/**
 * The sealed credential of a connection. Revocation empties it at once, but for what ends the grant at the provider; the
 * row tells when until its period is over.
 */
export const credentials = table(
  'credential',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    connectionId: plain.uuid(),
    ciphertext: secret.envelope(
      { retention: 'connection-credential', boundTo: ['orgId', 'connectionId', 'version'] },
      { nullable: true },
    ),
    /** What the vault alone uses to renew what workers get, or to end it at the provider. */
    renewal: secret.envelope(
      { retention: 'connection-credential', boundTo: ['orgId', 'connectionId', 'version'] },
      { nullable: true },
    ),
    /** When what workers get ends by itself; nothing where it does not. */
    expiresAt: plain.instant({ nullable: true }),
    /** Bound into the envelope, so that an older credential cannot be put back in place of a newer one. */
    version: plain.integer(),
    createdAt: plain.instant(),
    destroyedAt: plain.instant({ nullable: true }),
  },
  {
    guards: [{ tenant: true }],
    unique: [['connectionId', 'version']],
    indexes: [['orgId', 'id']],
    references: { connectionId: 'connection' },
    retention: { rule: 'connection-credential', from: 'destroyedAt' },
  },
);
