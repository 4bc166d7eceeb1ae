import { type FetchInit, type GuardedResponse, responseOf } from '@millrace/egress';
import { type Clock, Problem, type ProblemKind, systemClock } from '@millrace/kernel';
import * as oauth from 'oauth4webapi';
import { type Attempt } from './sign-in-attempts.js';

/** Why an identity provider is called. A code goes there, and nothing about anybody. */
export const IDENTITY_PROVIDER_PURPOSE = 'security';
const TIMEOUT_MS = 10_000;
/** How far a provider's clock may be from ours. In seconds. */
const CLOCK_TOLERANCE_SECONDS = 60;

/** What a provider's `amr` or `acr` must hold for a second factor to count as used (RFC 8176; OpenID Connect Core §2). */
export interface SecondFactorClaims {
  readonly amr: readonly string[];
  readonly acr: readonly string[];
}

/** One provider, and who we are there. */
export interface Registration {
  readonly issuer: string;
  readonly clientId: string;
  /** Besides `openid`. */
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly secondFactor: SecondFactorClaims;
  /** How we show at the token endpoint that we are this client. */
  readonly authentication: () => Promise<oauth.ClientAuth>;
}

/** How its calls leave the region, and what they are answered with when they fail. */
export interface Surroundings {
  readonly clock: Clock;
  /** Through the egress guard; `hosts` are those that the issuer's own metadata name. */
  readonly fetch: (url: string, request: FetchInit, hosts: ReadonlySet<string>) => Promise<GuardedResponse>;
  readonly problems: { readonly away: ProblemKind; readonly refused: ProblemKind };
}

/** What an ID token says that was found to be good. */
export interface JudgedToken {
  readonly claims: oauth.IDToken;
  readonly usedSecondFactor: boolean;
}

/** OpenID Connect with PKCE at one identity provider, spoken by `oauth4webapi`: the same for everybody whom one signs in. */
export class OpenIdClient {
  /** Hosts that the issuer's own metadata name, besides its own. */
  private readonly hosts = new Set<string>();
  private metadata: Promise<oauth.AuthorizationServer> | undefined;

  constructor(
    private readonly registration: Registration,
    private readonly surroundings: Surroundings,
  ) {}

  /** Where somebody goes to sign in. @throws Problem `problems.away`, `problems.refused` */
  async signInUrl({ state, nonce, verifier }: Attempt): Promise<string> {
    const { clientId, scopes, redirectUri } = this.registration;
    const { authorization_endpoint: endpoint } = await this.server();
    const url = new URL(endpoint!);
    const parameters = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: ['openid', ...scopes].join(' '),
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier.reveal()),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * Exchanges the code of an answer whose `state` was recognised already, and judges the ID token: issuer, audience, nonce,
   * lifetime (OpenID Connect Core §3.1.3.7) and its signature.
   * @throws Problem `problems.away`, `problems.refused`, and what `authentication` throws
   */
  async exchange(answer: URLSearchParams, { state, nonce, verifier }: Attempt): Promise<JudgedToken> {
    const server = await this.server();
    const { clientId, redirectUri } = this.registration;
    const { clock } = this.surroundings;
    const client: oauth.Client = {
      client_id: clientId,
      [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS,
      // The library has a clock of its own; by this it goes by ours.
      [oauth.clockSkew]: Math.round((clock.now().getTime() - systemClock.now().getTime()) / 1_000),
    };
    const authentication = await this.registration.authentication();
    return this.asking(async () => {
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        oauth.validateAuthResponse(server, client, answer, state),
        redirectUri,
        verifier.reveal(),
        this.options,
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: nonce,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, response, this.options);
      const claims = oauth.getValidatedIdTokenClaims(tokens)!;
      return { claims, usedSecondFactor: this.usedSecondFactor(claims) };
    });
  }

  /** The provider's metadata, asked for once; a failure is asked for again. @throws Problem as {@link signInUrl} */
  server(): Promise<oauth.AuthorizationServer> {
    this.metadata ??= this.discover().catch((error: unknown) => {
      this.metadata = undefined;
      throw error;
    });
    return this.metadata;
  }

  private usedSecondFactor({ amr, acr }: oauth.IDToken): boolean {
    const { secondFactor } = this.registration;
    const isMethod = Array.isArray(amr) && amr.some((one) => secondFactor.amr.includes(String(one)));
    return isMethod || (typeof acr === 'string' && secondFactor.acr.includes(acr));
  }

  private discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(this.registration.issuer);
    return this.asking(async () => {
      const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...this.options });
      const server = await oauth.processDiscoveryResponse(issuer, response);
      for (const url of [server.token_endpoint, server.jwks_uri, server.authorization_endpoint]) {
        if (!url) throw new Error('The metadata lack an endpoint');
        this.hosts.add(new URL(url).hostname);
      }
      return server;
    });
  }

  private get options() {
    return {
      // The guard decides which hosts may be spoken to without TLS: none but those in listed networks.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: async (
        url: string,
        { method, headers, body }: oauth.CustomFetchOptions<'GET' | 'POST', URLSearchParams | undefined>,
      ): Promise<Response> => {
        const request = { method, headers, timeoutMs: TIMEOUT_MS, ...(body ? { body: body.toString() } : {}) };
        return responseOf(await this.surroundings.fetch(url, request, this.hosts));
      },
    };
  }

  /** Nothing of an answer is repeated: it could hold anything. */
  private async asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { away, refused } = this.surroundings.problems;
      const isAway = error instanceof Problem && error.code.startsWith('egress.');
      throw new Problem(isAway ? away : refused, { cause: error });
    }
  }
}
