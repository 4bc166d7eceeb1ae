import { type ConfigOf, oauthProviderNames, type Provider } from '@millrace/contracts';
import { configuration, personal, plain, secret, table } from '@millrace/privacy';

const kept = { retention: 'auth-token' } as const;

/** Somebody was sent to a provider and has not come back yet. The `state` is with their browser; here is its hash only. */
export const authorizations = table(
  'authorization_request',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    userId: personal.userId({ category: 'security-log', purposes: ['security'], ...kept, onErase: 'delete' }),
    /** The session, or API token, that began it; no other can finish it. */
    sessionId: plain.uuid(),
    /** The connection that is connected again, or the id that a new one will have. */
    connectionId: plain.uuid(),
    name: configuration.text(100, kept),
    provider: plain.oneOf(oauthProviderNames),
    config: configuration.json<ConfigOf<Provider>>(kept),
    stateHash: secret.digest('sha-256', kept, { unique: true }),
    /** The PKCE verifier (RFC 7636). */
    verifier: secret.envelope({ ...kept, boundTo: ['orgId', 'id'] }),
    createdAt: plain.instant(),
    expiresAt: plain.instant(),
    /** When somebody came back with it, whatever came of it. */
    usedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ tenant: true }],
    indexes: [['expiresAt']],
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
