import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { type Adapter, type AdapterPayload, type Configuration, Provider } from 'oidc-provider';

export interface AuthorizationServerOptions {
  readonly clientId: string;
  /** The client shows this, or without it a key of its own (`private_key_jwt`). */
  readonly clientSecret?: string;
  /** Its public keys (RFC 7517), asked for when they are needed. */
  readonly clientKeys?: () => Promise<unknown>;
  readonly redirectUris: readonly string[];
  /** Scopes besides `openid` and `offline_access`. */
  readonly scopes: readonly string[];
  /** Seconds that an access token lives. Default an hour. */
  readonly accessTokenSeconds?: number;
  /** Seconds that a refresh token lives. Default a day. */
  readonly refreshTokenSeconds?: number;
  /** Of OpenID Connect: what the ID token says of whoever signs in, and how they did (`amr`, `acr`). */
  readonly person?: () => { readonly claims: object; readonly amr: readonly string[]; readonly acr?: string };
  /** What a token may reach, as `GET /resources` answers it to whoever shows one. */
  readonly resources?: readonly object[];
}

/** What a test does to the requests of one path. */
export interface Disturbance {
  readonly path: string;
  /** `before`: the server never hears of it. `after`: it has done its part, and its answer is replaced. */
  readonly when: 'before' | 'after';
  /** The answer; without one, and without `hold`, the connection is cut. */
  readonly status?: number;
  /** The answer is kept back until the asking side is gone. */
  readonly hold?: boolean;
  readonly body?: (answer: Record<string, unknown>) => object;
}

/**
 * A real authorization server on loopback (`oidc-provider`, which is certified): PKCE is required, `iss` is sent, refresh
 * tokens are rotated and one that is used twice ends its grant. Its own pages sign anybody in and ask for consent.
 */
export interface TestAuthorizationServer {
  readonly issuer: string;
  readonly endpoints: {
    readonly issuer: string;
    readonly authorizationUrl: string;
    readonly tokenUrl: string;
    readonly revocationUrl: string;
    readonly resourcesUrl: string;
  };
  /** Bodies that were posted to a path so far. */
  posted(path: '/token' | '/token/revocation'): readonly URLSearchParams[];
  disturb(what: Disturbance | undefined): void;
  /** Whether an answer is being kept back. */
  holding(): boolean;
  /** Signs in and allows what an authorization address asks for; the address that the browser is sent to. Default login `ada`. */
  allow(url: string, login?: string): Promise<URL>;
  /** Whether a token may be used. */
  accepts(accessToken: string): Promise<boolean>;
  /** Ends every grant, as people do who remove a client from their account. */
  forgetGrants(): void;
  stop(): Promise<void>;
}

export async function startAuthorizationServer(options: AuthorizationServerOptions): Promise<TestAuthorizationServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = new Map<string, AdapterPayload>();
  const provider = new Provider(issuer, configurationOf(options, store, issuer));
  const answer = provider.callback();
  const posted = new Map<string, URLSearchParams[]>();
  let disturbance: Disturbance | undefined;
  let held = 0;

  const accepts = async (token: string) => (await provider.AccessToken.find(token))?.isValid ?? false;
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void (async () => {
      const path = new URL(request.url!, issuer).pathname;
      if (path === '/resources') return resources(request, response);
      if (path === CLIENT_KEYS) {
        const keys = JSON.stringify(await options.clientKeys!());
        return response.setHeader('content-type', 'application/json').end(keys);
      }
      if (path.startsWith('/interaction/')) return interact(provider, options, path, request, response);
      if (request.method !== 'POST') return answer(request, response);
      const body = await buffer(request);
      posted.set(path, [...(posted.get(path) ?? []), new URLSearchParams(body.toString())]);
      const disturbed = disturbance?.path === path ? disturbance : undefined;
      if (disturbed?.when === 'before') return disturbed.hold ? hold(response) : disturb(response, disturbed, {});
      const replayed = Object.assign(Readable.from([body]), {
        method: request.method,
        url: request.url,
        headers: request.headers,
        socket: request.socket,
        httpVersion: request.httpVersion,
      }) as unknown as IncomingMessage;
      if (!disturbed) return answer(replayed, response);
      const original = response.end.bind(response);
      response.end = ((chunk?: Buffer | string) => {
        response.end = original as typeof response.end;
        if (disturbed.hold) return hold(response);
        disturb(response, disturbed, parsed(chunk));
        return response;
      }) as typeof response.end;
      return answer(replayed, response);
    })().catch(() => response.writeHead(400).end());
  });

  function hold(response: ServerResponse): ServerResponse {
    held += 1;
    return response.once('close', () => (held -= 1));
  }

  async function resources(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    response.statusCode = (await accepts(token)) ? 200 : 401;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(options.resources ?? []));
  }

  return {
    issuer,
    endpoints: {
      issuer,
      authorizationUrl: `${issuer}/auth`,
      tokenUrl: `${issuer}/token`,
      revocationUrl: `${issuer}/token/revocation`,
      resourcesUrl: `${issuer}/resources`,
    },
    posted: (path) => posted.get(path) ?? [],
    disturb: (what) => void (disturbance = what),
    holding: () => held > 0,
    allow: (url, login) => walkThrough(url, issuer, login),
    accepts,
    forgetGrants: () => store.clear(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const CLIENT_KEYS = '/client-keys';

function configurationOf(
  options: AuthorizationServerOptions,
  store: Map<string, AdapterPayload>,
  issuer: string,
): Configuration {
  const { clientId, clientSecret, redirectUris, scopes } = options;
  return {
    adapter: (name: string) => memoryAdapter(name, store),
    clients: [
      {
        client_id: clientId,
        redirect_uris: [...redirectUris],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        ...(clientSecret === undefined
          ? { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: issuer + CLIENT_KEYS }
          : { token_endpoint_auth_method: 'client_secret_post', client_secret: clientSecret }),
      },
    ],
    scopes: ['openid', 'offline_access', ...scopes],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, _client, code) => code.scopes.has('offline_access'),
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: () => Promise.resolve(true) },
    },
    jwks: { keys: [generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'jwk' })] },
    ttl: {
      AccessToken: options.accessTokenSeconds ?? 3_600,
      RefreshToken: options.refreshTokenSeconds ?? 86_400,
      AuthorizationCode: 60,
      Grant: 86_400,
      Interaction: 600,
      Session: 600,
      // Its clock is the machine's; a test that moves its own forward still gets tokens that live.
      IdToken: 30 * 86_400,
    },
    // A client whose test moves its clock signs with that; the library's own tolerance is seconds.
    clockTolerance: 3_600,
    // Clients' keys are on loopback here, which the library's own way out is not for.
    fetch: (url, init) => fetch(url, init),
    cookies: { keys: ['a test signs its cookies'] },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub, ...options.person?.().claims }) }),
    claims: { openid: ['sub', 'acr', 'amr', ...Object.keys(options.person?.().claims ?? {})] },
    acrValues: ['urn:test:mfa'],
  };
}

/** The server's two pages: anybody may sign in, and whoever has may allow or refuse. */
async function interact(
  provider: Provider,
  options: AuthorizationServerOptions,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid, prompt, params, session } = await provider.interactionDetails(request, response);
  if (path.endsWith('/abort')) {
    const refused = { error: 'access_denied', error_description: 'The person refused' };
    return provider.interactionFinished(request, response, refused, { mergeWithLastSubmission: false });
  }
  if (request.method !== 'POST') {
    const asked = prompt.name === 'login' ? SIGN_IN : `<p>Allow: ${String(params['scope'])}</p>`;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<form method="post">${asked}<input type="hidden" name="prompt" value="${prompt.name}">
      <button type="submit">Go on</button></form><a href="/interaction/${uid}/abort">Refuse</a>`);
    return;
  }
  const form = new URLSearchParams((await buffer(request)).toString());
  if (prompt.name === 'login') {
    const { amr = [], acr } = options.person?.() ?? {};
    const login = { accountId: form.get('login') ?? '', amr: [...amr], ...(acr === undefined ? {} : { acr }) };
    return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  }
  const grant = new provider.Grant({ accountId: session!.accountId, clientId: String(params['client_id']) });
  grant.addOIDCScope((prompt.details['missingOIDCScope'] as string[] | undefined)?.join(' ') ?? '');
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

const SIGN_IN = '<input name="login" required><input name="password" type="password" required>';

/** A store of one server's own; the library's is shared by all servers of a process. */
function memoryAdapter(model: string, store: Map<string, AdapterPayload>): Adapter {
  const at = (id: string) => `${model}/${id}`;
  const find = (test: (payload: AdapterPayload) => boolean) =>
    Promise.resolve([...store].find(([key, payload]) => key.startsWith(`${model}/`) && test(payload))?.[1]);
  return {
    upsert: (id, payload) => Promise.resolve(void store.set(at(id), payload)),
    find: (id) => Promise.resolve(store.get(at(id))),
    findByUid: (uid) => find((payload) => payload.uid === uid),
    findByUserCode: (code) => find((payload) => payload.userCode === code),
    consume: (id) => {
      const payload = store.get(at(id));
      if (payload) payload.consumed = Math.floor(Date.now() / 1_000);
      return Promise.resolve();
    },
    destroy: (id) => Promise.resolve(void store.delete(at(id))),
    revokeByGrantId: (grantId) => {
      for (const [key, payload] of store) if (payload.grantId === grantId) store.delete(key);
      return Promise.resolve();
    },
  };
}

function disturb(response: ServerResponse, { status, body }: Disturbance, answer: Record<string, unknown>): void {
  if (status === undefined && !body) {
    response.destroy();
    return;
  }
  const text = JSON.stringify(body ? body(answer) : {});
  response.statusCode = status ?? response.statusCode;
  response.removeHeader('content-length');
  response.setHeader('content-type', 'application/json');
  response.end(text);
}

function parsed(chunk: Buffer | string | undefined): Record<string, unknown> {
  try {
    return JSON.parse(String(chunk)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** What a person does in a browser at the server's own pages: sign in, allow. */
async function walkThrough(start: string, issuer: string, login = 'ada'): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  let form: Record<string, string> | undefined;
  for (let step = 0; step < 20; step++) {
    const answer = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, value = ''] = cookie.split(';', 1)[0]!.split('=', 2);
      cookies.set(name!, value);
    }
    form = undefined;
    const location = answer.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      if (url.origin !== new URL(issuer).origin) return url;
      continue;
    }
    const text = await answer.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1];
    if (!prompt) throw new Error(`The authorization server answered ${answer.status} at ${url.pathname}`);
    form = prompt === 'login' ? { prompt, login, password: 'anything' } : { prompt };
  }
  throw new Error('The authorization server went round in circles');
}
