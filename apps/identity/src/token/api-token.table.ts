import type { Permission } from '@millrace/contracts';
import { configuration, personal, plain, secret, table } from '@millrace/privacy';

/** A program that acts on behalf of a member. The token is with its holder; here is its hash only. */
export const apiTokens = table(
  'api_token',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    userId: personal.userId({
      category: 'security-log',
      purposes: ['security'],
      retention: 'auth-token',
      onErase: 'delete',
    }),
    name: configuration.text(100, { category: 'identity', purposes: ['account'], retention: 'auth-token' }),
    scopes: plain.json<Permission[]>(),
    tokenHash: secret.digest('sha-256', { retention: 'auth-token' }, { unique: true }),
    createdAt: plain.instant(),
    expiresAt: plain.instant(),
    lastUsedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ tenant: true }, { possession: 'tokenHash' }],
    indexes: [['orgId', 'userId']],
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
