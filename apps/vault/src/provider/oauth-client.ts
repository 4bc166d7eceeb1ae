import {
  type AuthorizationServer,
  callbackPath,
  type ConfigOf,
  factsOf,
  type Identified,
  type OAuth,
  type OAuthProvider,
  type Provider,
  vaultProblems,
} from '@millrace/contracts';
import { Problem, Secret } from '@millrace/kernel';
import { portalLink, type ProviderClient, readSecretFile, type Runtime } from '@millrace/service';
import * as oauth from 'oauth4webapi';
import { askedScopes } from './asked-scopes.js';
import { faultOfStatus, ProviderError, providerErrorOf } from './provider-error.js';
import { type ProviderGuard } from './provider-guard.js';

type Json = Readonly<Record<string, unknown>>;

/** What a provider gave. */
export interface Grant {
  readonly accessToken: Secret;
  /** What renews it; undefined where the provider gives no such thing, or keeps the former one in force. */
  readonly refreshToken?: Secret;
  /** Milliseconds from now; undefined where it lives until it is revoked. */
  readonly livesMs?: number;
  /** The permissions that it carries; undefined where the provider does not say, which means those that were asked for. */
  readonly scopes?: readonly string[];
}

export interface GrantAnswer extends Grant {
  /** Whatever else stands in the answer, for those who must know whose grant it is. */
  readonly answer: Json;
}

/** The clients that the operator registered with providers. */
export class OAuthClients {
  constructor(
    private readonly runtime: Runtime,
    private readonly guard: ProviderGuard,
  ) {}

  /**
   * The client for one connection, or one that is being made.
   * @throws Problem `vault.provider-not-configured` where the region has none
   */
  async for(provider: OAuthProvider, config: ConfigOf<Provider>, connectionId: string): Promise<OAuthClient> {
    const registered = this.runtime.config.providers[provider];
    if (!registered) throw new Problem(vaultProblems.providerNotConfigured);
    const facts = factsOf(provider).oauth!;
    return new OAuthClient({
      facts,
      server: serverOf(facts.server(config), registered),
      resourcesUrl: resourcesUrlOf(facts, registered),
      clientId: registered.clientId,
      secret: await secretOf(registered),
      redirectUri: portalLink(this.runtime.config, callbackPath(provider)),
      scopes: askedScopes(provider, this.runtime.charter),
      fetch: (url, request) => this.guard.fetch(connectionId, url, request),
    });
  }
}

interface ClientParts {
  readonly facts: OAuth;
  readonly server: AuthorizationServer;
  readonly resourcesUrl: string | undefined;
  readonly clientId: string;
  readonly secret: Secret | undefined;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly fetch: ProviderGuard['fetch'] extends (id: string, ...rest: infer R) => infer A ? (...rest: R) => A : never;
}

/** Speaks OAuth 2.0 with one provider; `oauth4webapi` does the protocol, the egress guard the connections. */
export class OAuthClient {
  private readonly as: oauth.AuthorizationServer;
  private readonly client: oauth.Client;
  private readonly options;

  constructor(private readonly parts: ClientParts) {
    const { server, clientId } = parts;
    this.as = {
      issuer: server.issuer,
      authorization_endpoint: server.authorizationUrl,
      token_endpoint: server.tokenUrl,
      authorization_response_iss_parameter_supported: server.sendsIssuer ?? false,
      ...(server.revocation ? { revocation_endpoint: server.revocation.url } : {}),
    };
    this.client = { client_id: clientId };
    this.options = {
      // The guard decides which hosts may be spoken to without TLS: none but those in listed networks.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (
        url: string,
        { method, headers, body }: oauth.CustomFetchOptions<'POST', URLSearchParams>,
      ): Promise<Response> => parts.fetch(url, { method, headers, body: body.toString() }),
    };
  }

  get scopes(): readonly string[] {
    return this.parts.scopes;
  }

  /** Whether a grant can be ended at the provider. */
  get revokes(): boolean {
    return this.parts.server.revocation !== undefined;
  }

  /** Where somebody goes to allow it (RFC 6749 §4.1.1, RFC 7636 with S256). */
  async authorizationUrl(state: string, verifier: Secret): Promise<string> {
    const { server, facts, clientId, redirectUri, scopes } = this.parts;
    const url = new URL(server.authorizationUrl);
    const parameters = {
      ...facts.parameters,
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: scopes.join(facts.scopeSeparator ?? ' '),
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier.reveal()),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * Exchanges the code of an answer whose `state` was recognised already.
   * @throws Problem `vault.consent-denied` when the answer says so
   * @throws ProviderError
   */
  async exchange(answer: URLSearchParams, state: string, verifier: Secret): Promise<GrantAnswer> {
    const checked = this.checked(answer, state);
    return this.asking(async () => {
      const response = await oauth.authorizationCodeGrantRequest(
        this.as,
        this.client,
        this.clientAuth,
        checked,
        this.parts.redirectUri,
        verifier.reveal(),
        this.options,
      );
      return this.grantOf(await oauth.processAuthorizationCodeResponse(this.as, this.client, response));
    });
  }

  /** @throws ProviderError */
  refresh(refreshToken: Secret): Promise<GrantAnswer> {
    return this.asking(async () => {
      const response = await oauth.refreshTokenGrantRequest(
        this.as,
        this.client,
        this.clientAuth,
        refreshToken.reveal(),
        this.options,
      );
      return this.grantOf(await oauth.processRefreshTokenResponse(this.as, this.client, response));
    });
  }

  /** Ends a grant. One that the provider does not know any more is ended. @throws ProviderError */
  revoke(token: Secret): Promise<void> {
    const { revocation } = this.parts.server;
    if (!revocation) throw new ProviderError('unusable');
    return this.asking(async () => {
      if (revocation.by === 'token') {
        const response = await oauth.revocationRequest(
          this.as,
          this.client,
          this.clientAuth,
          token.reveal(),
          this.options,
        );
        return oauth.processRevocationResponse(response);
      }
      const { status } =
        revocation.by === 'bearer'
          ? await this.parts.fetch(revocation.url, { method: 'POST', headers: bearer(token) })
          : await this.parts.fetch(revocation.url + encodeURIComponent(token.reveal()), { method: 'DELETE' });
      const isUnknown = status === 401 || status === 404;
      if (status >= 300 && !isUnknown) throw new ProviderError(faultOfStatus(status));
    });
  }

  /** Whose grant it may be; several where it reaches several accounts. @throws ProviderError */
  identify({ accessToken, answer }: GrantAnswer): Promise<Identified<ConfigOf<Provider>>[]> {
    return this.asking(async () => {
      const { identify } = this.parts.facts;
      const read = identify.read as (json: Json) => Identified<ConfigOf<Provider>>;
      if (identify.from === 'token') return [read(answer)];
      const response = await this.parts.fetch(this.parts.resourcesUrl!, {
        method: 'GET',
        headers: { ...bearer(accessToken), accept: 'application/json' },
      });
      if (!response.ok) throw new ProviderError(faultOfStatus(response.status));
      const entries: unknown = await response.json();
      if (!Array.isArray(entries)) throw new ProviderError('unusable');
      return entries.map((entry) => read(entry as Json));
    });
  }

  /** RFC 6749 §4.1.2 and RFC 9207: the answer is of this server and holds a code. */
  private checked(answer: URLSearchParams, state: string): URLSearchParams {
    try {
      return oauth.validateAuthResponse(this.as, this.client, answer, state);
    } catch (error) {
      if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') {
        throw new Problem(vaultProblems.consentDenied, { cause: error });
      }
      throw new ProviderError('unusable', { cause: error });
    }
  }

  private get clientAuth(): oauth.ClientAuth {
    const { secret, facts } = this.parts;
    if (!secret) return oauth.None();
    return facts.clientAuth === 'basic'
      ? oauth.ClientSecretBasic(secret.reveal())
      : oauth.ClientSecretPost(secret.reveal());
  }

  private grantOf(answer: oauth.TokenEndpointResponse): GrantAnswer {
    const { facts } = this.parts;
    const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, scope, ...rest } = answer;
    const lifeSeconds = expiresIn ?? facts.defaultLifeSeconds;
    return {
      accessToken: new Secret(accessToken),
      ...(refreshToken === undefined ? {} : { refreshToken: new Secret(refreshToken) }),
      ...(lifeSeconds === undefined ? {} : { livesMs: lifeSeconds * 1_000 }),
      ...(scope === undefined ? {} : { scopes: scope.split(facts.scopeSeparator ?? ' ').filter(Boolean) }),
      answer: rest,
    };
  }

  private async asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw providerErrorOf(error);
    }
  }
}

function bearer(token: Secret): Record<string, string> {
  return { authorization: `Bearer ${token.reveal()}` };
}

/** The catalog's server with the addresses that the region names instead. */
function serverOf(server: AuthorizationServer, { endpoints }: ProviderClient): AuthorizationServer {
  const { issuer, authorizationUrl, tokenUrl, revocationUrl } = endpoints;
  const revocation = revocationUrl
    ? { by: 'token' as const, ...server.revocation, url: revocationUrl }
    : server.revocation;
  return {
    issuer: issuer ?? server.issuer,
    sendsIssuer: server.sendsIssuer,
    authorizationUrl: authorizationUrl ?? server.authorizationUrl,
    tokenUrl: tokenUrl ?? server.tokenUrl,
    ...(revocation ? { revocation } : {}),
  };
}

/** Whether a grant can be ended at the provider, and this region can still ask it to. */
export function endsAtProvider(
  provider: Provider,
  config: ConfigOf<Provider>,
  providers: Runtime['config']['providers'],
): boolean {
  const registered = providers[provider as OAuthProvider];
  const facts = factsOf(provider).oauth;
  return (
    registered !== undefined &&
    facts !== undefined &&
    serverOf(facts.server(config), registered).revocation !== undefined
  );
}

function resourcesUrlOf({ identify }: OAuth, { endpoints }: ProviderClient): string | undefined {
  return identify.from === 'resources' ? (endpoints.resourcesUrl ?? identify.url) : undefined;
}

async function secretOf({ clientSecretFile }: ProviderClient): Promise<Secret | undefined> {
  if (clientSecretFile === undefined) return undefined;
  const secret = await readSecretFile(clientSecretFile);
  if (secret) return secret;
  throw new Problem(vaultProblems.providerNotConfigured, { detail: 'The client’s secret is missing.' });
}
