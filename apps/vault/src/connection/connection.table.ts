import {
  authWays,
  type ConfigOf,
  connectionHealths,
  type Provider,
  providerNames,
  providerRevocations,
} from '@millrace/contracts';
import { configuration, plain, table, toSnake } from '@millrace/privacy';

const kept = { retention: 'connection' } as const;

/** A link to another system. Of the account there, it knows the provider and the account's name and nothing else. */
export const connections = table(
  'connection',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    name: configuration.text(100, kept),
    /** The name while the connection is active, nothing afterwards: names are unique among active connections only. */
    nameKey: configuration.text(100, kept, { nullable: true }),
    provider: plain.oneOf(providerNames),
    account: configuration.text(254, kept),
    config: configuration.json<ConfigOf<Provider>>(kept),
    auth: plain.oneOf(authWays),
    state: plain.oneOf(['active', 'revoked']),
    health: plain.oneOf(connectionHealths),
    /** Permissions of the grant, as the provider named them; none where it has no grant. */
    scopes: plain.json<string[]>(),
    createdAt: plain.instant(),
    revokedAt: plain.instant({ nullable: true }),
    /** How far its end has come at the provider; nothing while it is active, or where there is nothing to end. */
    atProvider: plain.oneOf(providerRevocations, { nullable: true }),
  },
  {
    guards: [{ tenant: true }],
    unique: [['orgId', 'nameKey']],
    retention: { rule: 'connection', from: 'revokedAt' },
  },
);

type ConnectionColumn = keyof (typeof connections)['columns'];

/**
 * What each column is about, for the promise that nothing of the provider's account is kept but its provider and name:
 * the account over there, what the customer configured, or our own bookkeeping.
 */
export const columnMeanings: Record<ConnectionColumn, 'provider' | 'accountName' | 'configuration' | 'own'> = {
  id: 'own',
  orgId: 'own',
  name: 'configuration',
  nameKey: 'configuration',
  provider: 'provider',
  account: 'accountName',
  config: 'configuration',
  auth: 'own',
  state: 'own',
  health: 'own',
  scopes: 'own',
  createdAt: 'own',
  revokedAt: 'own',
  atProvider: 'own',
};

/** The meaning of a live column; undefined for one that no declaration knows. */
export function meaningOfColumn(name: string) {
  const key = (Object.keys(columnMeanings) as ConnectionColumn[]).find((one) => toSnake(one) === name);
  return key && columnMeanings[key];
}
