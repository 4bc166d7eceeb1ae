import { z } from 'zod';
import { f } from '../../field.js';

/**
 * What a provider's file says: what a connection to it needs to be told, and how it proves itself. A way of proving that
 * somebody types in stands under `direct`, one that they allow at the provider under `oauth`; a provider may have both.
 */
export interface ProviderFacts<Config extends z.ZodType = z.ZodType, Credential extends z.ZodType = z.ZodType> {
  readonly title: string;
  /** The charter's name for it, where that is not the provider's own: two products of one vendor may share a rule. */
  readonly charter?: string;
  readonly config: Config;
  readonly direct?: Direct<Credential, z.output<Config>>;
  readonly oauth?: OAuth<z.output<Config>>;
}

/** How a connection proves itself; the charter's own words (`authClasses`), which a test of the vault compares. */
export const authWays = [
  'oauth2',
  'oauth2-pkce',
  'api-token',
  'service-account-key',
  'database-password',
  'no-credential',
] as const;
export type AuthWay = (typeof authWays)[number];

/** Proof that a person has and gives us once. */
export interface Direct<Credential extends z.ZodType = z.ZodType, Config = unknown> {
  readonly auth: Exclude<AuthWay, 'oauth2' | 'oauth2-pkce'>;
  /** Absent where no proof is asked for. */
  readonly credential?: Credential;
  /** What the account is called where the credential has no name: a setting that tells one account from another. */
  readonly account?: (config: Config) => string;
  /** Absent: workers get the credential itself. Else they get a token that the vault obtains with it. */
  readonly token?: TokenSource<Config>;
}

/** How the vault obtains a token that lives for an hour or so, from a credential that never leaves it. */
export type TokenSource<Config = unknown> =
  /** A signed assertion is exchanged for a token (RFC 7523 §2.1); the credential is Google's key file. */
  | { readonly kind: 'jwt-bearer'; readonly tokenUrl: string; readonly scopes: readonly string[] }
  /** A signed assertion is the token itself. */
  | { readonly kind: 'key-pair'; readonly lifeSeconds: number; readonly subject: (config: Config) => string }
  /** An id and a secret are exchanged for a token. */
  | { readonly kind: 'login'; readonly tokenUrl: (config: Config) => string };

/** Facts of an authorization server, and what to ask of it. */
export interface OAuth<Config = unknown> {
  readonly auth: 'oauth2' | 'oauth2-pkce';
  readonly server: (config: Config) => AuthorizationServer;
  /** How our client proves itself at the token endpoint (RFC 6749 §2.3.1). */
  readonly clientAuth: 'basic' | 'post';
  /** All that is ever asked for; each must be in the charter's list of every charter that allows the connector. */
  readonly scopes: readonly string[];
  /** Asked for as well where the charter lists it: without it the provider gives nothing to renew the grant with. */
  readonly renewalScope?: string;
  /** What stands between scopes in the provider's answers. Default: a space (RFC 6749 §3.3). */
  readonly scopeSeparator?: ',';
  /** Further parameters of the authorization request that the provider asks for. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How long an access token lives where the provider does not say; undefined where it lives until it is revoked. */
  readonly defaultLifeSeconds?: number;
  /** Whose grant it is. */
  readonly identify: Identify<Config>;
}

export interface AuthorizationServer {
  /** What `iss` in the answer must be when it is there (RFC 9207). */
  readonly issuer: string;
  /** Whether `iss` must be there. */
  readonly sendsIssuer?: boolean;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  /** Absent: the provider offers none, and the customer removes the grant there. */
  readonly revocation?: {
    readonly url: string;
    /** `token`: RFC 7009. `bearer`: the call is authorised by the token that it ends. `path`: the token ends the address of a DELETE. */
    readonly by: 'token' | 'bearer' | 'path';
  };
}

/** What is learnt about the account: its name, and settings that the provider decides. */
export interface Identified<Config> {
  readonly account: string;
  readonly config?: Partial<Config>;
}

type Json = Readonly<Record<string, unknown>>;

export type Identify<Config> =
  /** The token endpoint's answer says it. */
  | { readonly from: 'token'; readonly read: (answer: Json) => Identified<Config> }
  /** An address lists what the token may reach; each entry is a candidate, and one of them is meant. */
  | { readonly from: 'resources'; readonly url: string; readonly read: (entry: Json) => Identified<Config> };

/** Declares a provider; keeps its exact types. */
export function provider<
  const Config extends z.ZodType,
  const F extends Omit<ProviderFacts<Config>, 'config' | 'direct'> & {
    readonly direct?: Direct<z.ZodType, z.output<Config>>;
  },
>(config: Config, facts: F): F & { readonly config: Config } {
  return { ...facts, config };
}

/** An account and its password, or an address and a token: HTTP Basic and databases. */
export const Account = z.strictObject({ username: f.label(254), password: f.secret() });

/** A token that a person made at the provider. */
export const Token = z.strictObject({ token: f.secret(4_096) });

/** Text at a path of a JSON answer; empty when there is none. */
export function textAt(answer: Json, ...path: readonly string[]): string {
  let found: unknown = answer;
  for (const name of path) found = typeof found === 'object' && found !== null ? (found as Json)[name] : undefined;
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

/** The host of an address in an answer; empty when it is none. */
export function hostAt(answer: Json, ...path: readonly string[]): string {
  const text = textAt(answer, ...path);
  return URL.canParse(text) ? new URL(text).host : '';
}
