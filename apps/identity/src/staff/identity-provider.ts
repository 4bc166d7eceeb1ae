import { identityProblems, staffCallbackPath } from '@millrace/contracts';
import { EgressGuard, responseOf, type SubProcessor } from '@millrace/egress';
import { Problem, type Secret, systemClock } from '@millrace/kernel';
import { type Database, recordingEgress } from '@millrace/persistence';
import { portalLink, readSecretFile, type Runtime, type StaffProvider } from '@millrace/service';
import * as oauth from 'oauth4webapi';

/** Why the identity provider is called. A code goes there, and nothing about anybody. */
const PURPOSE = 'security';
/** The category of the register under which a charter lists whoever signs its staff in. */
const REGISTER_CATEGORY = 'identity';
const TIMEOUT_MS = 10_000;
/** How far the provider's clock may be from ours. In seconds. */
const CLOCK_TOLERANCE_SECONDS = 60;

export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: Secret;
}

/** What an ID token says that was found to be good. */
export interface StaffClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly groups: readonly string[];
  readonly name?: string;
  readonly title?: string;
  readonly team?: string;
  readonly usedSecondFactor: boolean;
}

/** The operator's identity provider: OpenID Connect with PKCE, spoken by `oauth4webapi` through the egress guard. */
export class IdentityProvider {
  private readonly guard: EgressGuard;
  /** Hosts that the issuer's own metadata name, besides its own. */
  private readonly hosts = new Set<string>();
  private metadata: Promise<oauth.AuthorizationServer> | undefined;

  constructor(
    private readonly runtime: Runtime,
    database: Database,
  ) {
    const { config, clock } = runtime;
    this.guard = new EgressGuard({
      region: config.region,
      privateCidrs: config.egress.privateCidrs,
      clock,
      record: recordingEgress(database),
      rules: {
        purposes: { [PURPOSE]: {} },
        subProcessor: (id) => this.registered(id),
        customerConnection: { purposes: [], ceiling: [] },
      },
    });
  }

  /** @throws Problem `identity.no-staff-provider` where the region names none, or its charter lists none */
  get settings(): StaffProvider {
    const { staff } = this.runtime.config;
    if (!staff || !this.runtime.charter.isOn('staff-sso')) throw new Problem(identityProblems.noStaffProvider);
    return staff;
  }

  /** Where somebody goes to sign in. @throws Problem `identity.staff-provider-away` */
  async signInUrl({ state, nonce, verifier }: Attempt): Promise<string> {
    const { clientId, scopes } = this.settings;
    const { authorization_endpoint: endpoint } = await this.server();
    const url = new URL(endpoint!);
    const parameters = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: this.redirectUri,
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
   * @throws Problem `identity.staff-sign-in-refused`, `identity.staff-provider-away`
   */
  async exchange(answer: URLSearchParams, { state, nonce, verifier }: Attempt): Promise<StaffClaims> {
    const { clientId, clientSecretFile } = this.settings;
    const server = await this.server();
    const client: oauth.Client = {
      client_id: clientId,
      [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS,
      // The library has a clock of its own; by this it goes by ours.
      [oauth.clockSkew]: Math.round((this.runtime.clock.now().getTime() - systemClock.now().getTime()) / 1_000),
    };
    const secret = await readSecretFile(clientSecretFile);
    if (!secret) throw new Problem(identityProblems.noStaffProvider, { detail: 'The client’s secret is missing.' });
    return asking(async () => {
      const checked = oauth.validateAuthResponse(server, client, answer, state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.ClientSecretPost(secret.reveal()),
        checked,
        this.redirectUri,
        verifier.reveal(),
        this.options,
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: nonce,
        requireIdToken: true,
      });
      await oauth.validateApplicationLevelSignature(server, response, this.options);
      return this.claimsOf(oauth.getValidatedIdTokenClaims(tokens)!);
    });
  }

  private claimsOf(claims: oauth.IDToken): StaffClaims {
    const { groupsClaim, secondFactor } = this.settings;
    const { amr, acr } = claims;
    const isMethod = Array.isArray(amr) && amr.some((one) => secondFactor.amr.includes(String(one)));
    const isClass = typeof acr === 'string' && secondFactor.acr.includes(acr);
    return {
      issuer: claims.iss,
      subject: claims.sub,
      groups: listOf(claims[groupsClaim]),
      ...textOf('name', claims['name']),
      ...textOf('title', claims['title']),
      ...textOf('team', claims['team']),
      usedSecondFactor: isMethod || isClass,
    };
  }

  /** Asked for once; a failure is asked for again. */
  private server(): Promise<oauth.AuthorizationServer> {
    this.metadata ??= this.discover().catch((error: unknown) => {
      this.metadata = undefined;
      throw error;
    });
    return this.metadata;
  }

  private discover(): Promise<oauth.AuthorizationServer> {
    const issuer = new URL(this.settings.issuer);
    return asking(async () => {
      const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...this.options });
      const server = await oauth.processDiscoveryResponse(issuer, response);
      for (const url of [server.token_endpoint, server.jwks_uri, server.authorization_endpoint]) {
        if (!url) throw new Error('The metadata lack an endpoint');
        this.hosts.add(new URL(url).hostname);
      }
      return server;
    });
  }

  private get redirectUri(): string {
    return portalLink(this.runtime.config, staffCallbackPath);
  }

  private get options() {
    return {
      // The guard decides which hosts may be spoken to without TLS: none but those in listed networks.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: async (
        url: string,
        { method, headers, body }: oauth.CustomFetchOptions<'GET' | 'POST', URLSearchParams | undefined>,
      ): Promise<Response> => {
        const recipient = { kind: 'sub-processor', id: this.entry()?.id ?? REGISTER_CATEGORY } as const;
        const intent = { purpose: PURPOSE, categories: [], recipient };
        const request = { method, headers, timeoutMs: TIMEOUT_MS, ...(body ? { body: body.toString() } : {}) };
        return responseOf(await this.guard.fetch(intent, url, request));
      },
    };
  }

  private entry() {
    return this.runtime.charter.document.subProcessors.find(({ category }) => category === REGISTER_CATEGORY);
  }

  private registered(id: string): SubProcessor | undefined {
    const { config, charter } = this.runtime;
    const entry = this.entry();
    if (!entry || entry.id !== id || !config.staff) return undefined;
    const here = charter.document.residency.regions[config.region]?.country === entry.location;
    return {
      enabled: entry.enabled,
      region: here ? config.region : entry.location.toLowerCase(),
      ceiling: entry.ceiling,
      purposes: [PURPOSE],
      hosts: [new URL(config.staff.issuer).hostname, ...this.hosts],
    };
  }
}

/** Nothing of an answer is repeated: it could hold anything. */
async function asking<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { staffProviderAway, staffSignInRefused } = identityProblems;
    const isAway = error instanceof Problem && error.code.startsWith('egress.');
    throw new Problem(isAway ? staffProviderAway : staffSignInRefused, { cause: error });
  }
}

function textOf(name: 'name' | 'title' | 'team', claim: unknown): Partial<Record<typeof name, string>> {
  const text = typeof claim === 'string' ? claim.trim().slice(0, 200) : '';
  return text === '' ? {} : { [name]: text };
}

function listOf(claim: unknown): string[] {
  const list = Array.isArray(claim) ? claim : [claim];
  return list.filter((one): one is string => typeof one === 'string');
}
