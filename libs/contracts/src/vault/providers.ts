import { z } from 'zod';
import { f } from '../field.js';
import { bigquery } from './provider/bigquery.js';
import { dbt } from './provider/dbt.js';
import { csv, ndjson } from './provider/files.js';
import { hubspot } from './provider/hubspot.js';
import { jira, jiraDataCenter } from './provider/jira.js';
import { looker } from './provider/looker.js';
import { notion } from './provider/notion.js';
import { postgres } from './provider/postgres.js';
import { authWays, type ProviderFacts } from './provider/provider.js';
import { salesforce } from './provider/salesforce.js';
import { segment } from './provider/segment.js';
import { slack } from './provider/slack.js';
import { snowflake } from './provider/snowflake.js';
import { stripe } from './provider/stripe.js';

export { type CsvConfig, type FileConfig, fileTypes } from './provider/files.js';
export type { PostgresConfig } from './provider/postgres.js';
export {
  type AuthorizationServer,
  type AuthWay,
  authWays,
  type Direct,
  type Identified,
  type OAuth,
  type ProviderFacts,
  type TokenSource,
} from './provider/provider.js';

/**
 * The catalog of providers: a file each. Requests, connections and leases below follow from it; a charter must allow a
 * provider before anybody can connect to it, and records move once the sync worker has a connector for it.
 */
export const providers = {
  bigquery,
  csv,
  dbt,
  hubspot,
  jira,
  'jira-data-center': jiraDataCenter,
  looker,
  ndjson,
  notion,
  postgres,
  salesforce,
  segment,
  slack,
  snowflake,
  stripe,
} as const;

type Catalog = typeof providers;
export type Provider = keyof Catalog;
export const providerNames = Object.keys(providers) as [Provider, ...Provider[]];
export type ConfigOf<P extends Provider> = z.output<Catalog[P]['config']>;

type With<K extends 'direct' | 'oauth'> = {
  [P in Provider]: Catalog[P] extends Record<K, object> ? P : never;
}[Provider];
/** Providers that take a credential, or none, when a connection is made. */
export type DirectProvider = With<'direct'>;
/** Providers at which somebody allows the connection. */
export type OAuthProvider = With<'oauth'>;
export const oauthProviderNames = providerNames.filter((name) => 'oauth' in providers[name]) as [
  OAuthProvider,
  ...OAuthProvider[],
];
const directProviderNames = providerNames.filter((name) => 'direct' in providers[name]) as DirectProvider[];

/** What the catalog says of a provider, whichever it is. */
export function factsOf(provider: Provider): ProviderFacts {
  return providers[provider] as unknown as ProviderFacts;
}

/** The name under which charters list the provider. */
export function charterNameOf(provider: Provider): string {
  return factsOf(provider).charter ?? provider;
}

/** Name and settings of a connection, as each provider's are. */
const settings = <const P extends Provider>(provider: P) => ({
  name: f.label(),
  provider: f.oneOf(provider),
  config: providers[provider].config as Catalog[P]['config'],
});

/** A union over providers that follows from the catalog; each member is what `member` makes of one of them. */
function unionOf<M extends z.core.$ZodTypeDiscriminable>(members: M[], error?: string) {
  return z.discriminatedUnion('provider', members as [M, ...M[]], error);
}

/**
 * - `working`: nothing is known to be wrong
 * - `expired`: its access is over and the provider gave nothing to renew it with
 * - `revoked`: the provider renews it no longer; it was withdrawn there, or ran out (providers do not say which)
 * - `scope-changed`: it now carries other permissions than were agreed
 * - `interrupted`: an attempt to renew it ended without an answer, and the provider takes the former token no longer
 *
 * All but the first need somebody to connect again.
 */
export const connectionHealths = ['working', 'expired', 'revoked', 'scope-changed', 'interrupted'] as const;
export type ConnectionHealth = (typeof connectionHealths)[number];

/** How far the end of a grant has come at the provider itself. */
export const providerRevocations = ['pending', 'done', 'not-offered', 'given-up'] as const;

const state = {
  connectionId: f.id('connection'),
  /** The account at the provider, as the provider names it; for files, the directory. */
  account: f.label(254),
  /** How it proves itself. */
  auth: f.oneOf(...authWays),
  state: f.oneOf('active', 'revoked'),
  health: f.oneOf(...connectionHealths),
  createdAt: f.instant(),
  revokedAt: f.instant().optional(),
  /** Of a revoked connection whose grant ends at the provider too. */
  atProvider: f.oneOf(...providerRevocations).optional(),
};

const connectionOf = <const P extends Provider>(name: P) => z.strictObject({ ...state, ...settings(name) });
type ConnectionSchema = { [P in Provider]: ReturnType<typeof connectionOf<P>> }[Provider];

/** A connection as its organization sees it; never its credential. */
export const Connection = unionOf(providerNames.map(connectionOf) as ConnectionSchema[]);
export type Connection = z.output<typeof Connection>;

type CredentialOf<P extends DirectProvider> = Catalog[P]['direct'] extends {
  readonly credential: infer C extends z.ZodType;
}
  ? { credential: C }
  : Record<never, never>;
const requestOf = <const P extends DirectProvider>(name: P) => {
  const direct = factsOf(name).direct!;
  const credential = (direct.credential ? { credential: direct.credential } : {}) as CredentialOf<P>;
  return z.strictObject({ ...settings(name), ...credential });
};
type RequestSchema = { [P in DirectProvider]: ReturnType<typeof requestOf<P>> }[DirectProvider];

/** What a person gives to make one with a credential, or with none. */
export const ConnectionRequest = unionOf(
  directProviderNames.map(requestOf) as RequestSchema[],
  'must be a provider that takes a credential; at the others you allow the connection (POST /api/v1/connections/authorize)',
);
export type ConnectionRequest = z.output<typeof ConnectionRequest>;

const authorizationOf = <const P extends OAuthProvider>(name: P) => z.strictObject(settings(name));
type AuthorizationSchema = { [P in OAuthProvider]: ReturnType<typeof authorizationOf<P>> }[OAuthProvider];

/** What a person gives to be sent to the provider. */
export const AuthorizationRequest = unionOf(
  oauthProviderNames.map(authorizationOf) as AuthorizationSchema[],
  'must be a provider at which connections are allowed; the others take a credential (POST /api/v1/connections)',
);
export type AuthorizationRequest = z.output<typeof AuthorizationRequest>;

const leaseOf = <const P extends Provider>(name: P) =>
  z.strictObject({
    provider: f.oneOf(name),
    config: providers[name].config as Catalog[P]['config'],
    sealed: f.sealed(),
    /** When the token that was leased ends; absent where it does not end by itself. */
    expiresAt: f.instant().optional(),
  });
type LeaseSchema = { [P in Provider]: ReturnType<typeof leaseOf<P>> }[Provider];

/** What a worker learns of it besides the sealed credential. */
export const Lease = unionOf(providerNames.map(leaseOf) as LeaseSchema[]);
