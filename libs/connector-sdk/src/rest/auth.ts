import { z } from 'zod';
import type { AuthClass } from '../connector.js';
import { documentRange, findPath, scalarText } from '../json/path.js';
import type { ClientRequest } from '../http/http-client.js';
import type { HttpAnswer } from '../http/http-exchange.js';

/** A text that must never be shown: forms hide it, documents mark it `writeOnly`. */
export const secretText = (maxLength = 4_096) =>
  z.string().min(1).max(maxLength).meta({ writeOnly: true, format: 'password' });

/** How a REST connector proves who it is. */
export interface RestAuth<Credential = unknown> {
  readonly classes: readonly AuthClass[];
  readonly credential: z.ZodType<Credential>;
  readonly headers: (credential: Credential) => Readonly<Record<string, string>>;
  /** Addresses besides the API's that are spoken to. */
  readonly urls?: readonly string[];
  /** Asks for a new credential once the present one is refused with 401; undefined where there is no such thing. */
  readonly refresh?: (
    credential: Credential,
    send: (request: ClientRequest) => Promise<HttpAnswer>,
  ) => Promise<Credential>;
}

const Token = z.strictObject({ token: secretText().describe('The token that the provider showed once') });

/** `Authorization: Bearer …` with a token that a person made at the provider. */
export function bearerToken(): RestAuth<z.infer<typeof Token>> {
  return {
    classes: [{ kind: 'token' }],
    credential: Token,
    headers: ({ token }) => ({ authorization: `Bearer ${token}` }),
  };
}

/** A token in a header of the provider's own, such as `X-Api-Key`. */
export function tokenHeader(name: string): RestAuth<z.infer<typeof Token>> {
  return { classes: [{ kind: 'token' }], credential: Token, headers: ({ token }) => ({ [name.toLowerCase()]: token }) };
}

const Account = z.strictObject({ user: z.string().min(1).max(200), password: secretText() });

/** HTTP Basic (RFC 7617): a user and a password, or an e-mail address and an API token. */
export function basic(): RestAuth<z.infer<typeof Account>> {
  return {
    classes: [{ kind: 'password' }],
    credential: Account,
    headers: ({ user, password }) => ({
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    }),
  };
}

const Grant = z.strictObject({
  accessToken: secretText(),
  refreshToken: secretText().optional(),
  clientId: z.string().min(1).max(400),
  clientSecret: secretText().optional(),
});
type Grant = z.infer<typeof Grant>;

/** OAuth 2.0 with PKCE: a bearer token that is renewed with its refresh token (RFC 6749 §6) when the API refuses it. */
export function oauth2(provider: Omit<Extract<AuthClass, { kind: 'oauth2-pkce' }>, 'kind'>): RestAuth<Grant> {
  return {
    classes: [{ kind: 'oauth2-pkce', ...provider }],
    credential: Grant,
    urls: [provider.tokenUrl],
    headers: ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }),
    refresh: async (grant, send) => {
      const answer = await send({
        method: 'POST',
        url: new URL(provider.tokenUrl),
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: grant.refreshToken ?? '',
          client_id: grant.clientId,
          ...(grant.clientSecret ? { client_secret: grant.clientSecret } : {}),
        }).toString(),
        anonymous: true,
      });
      const textAt = (name: string) =>
        scalarText(answer.body, findPath(answer.body, documentRange(answer.body), [name]));
      // A provider that rotates refresh tokens sends the next one along.
      return {
        ...grant,
        accessToken: textAt('access_token') ?? '',
        refreshToken: textAt('refresh_token') ?? grant.refreshToken,
      };
    },
  };
}
