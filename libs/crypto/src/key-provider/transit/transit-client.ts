import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { backoff, delay, Secret } from '@millrace/kernel';
import { CryptoError } from '../../crypto-error.js';
import { readPrivateFile } from '../private-file.js';
import { assertTransitPlace, invalid, type TransitOptions, type TransitPlace } from './transit-options.js';

/** Three attempts of {@link DEFAULT_TIMEOUT_MS} fit into the five seconds of a call. */
const MAX_ATTEMPTS = 3;
const DEFAULT_TIMEOUT_MS = 1_500;
const MAX_PAUSE_MS = 200;
/** A list of a hundred thousand names is about 6 MB. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_SOCKETS = 32;

export type TransitMethod = 'GET' | 'POST' | 'DELETE';

export interface TransitAnswer {
  /** 200 to 204, 400 for what the engine refuses, 404 for what it does not have. */
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One attempt at a request, and what came back. */
export interface TransitRequest {
  readonly method: TransitMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly timeoutMs: number;
}

export interface RawAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** How requests travel: by Node's own client, or by a guard that decides where to. Rejects when there is no answer. */
export type TransitTransport = (request: TransitRequest) => Promise<RawAnswer>;

/** Where the token comes from. */
export interface TransitTokens {
  current(): Promise<Secret>;
  /** The engine refused the current one: answers whether `current` will give another. */
  renew?(): boolean;
}

/**
 * Requests to one mount of a transit engine. Each attempt has a deadline; a lost connection, 429 and 5xx are tried again,
 * which is safe because no request of a {@link KeyProvider} does harm when it is done twice. No error repeats what was
 * sent, what was answered, or the token.
 */
export class TransitClient {
  constructor(
    private readonly options: TransitPlace,
    private readonly transport: TransitTransport,
    private readonly tokens: TransitTokens,
  ) {
    assertTransitPlace(options);
  }

  /**
   * By Node's own client, with the token of a file that is read again for every request.
   * @throws CryptoError `key-provider-invalid` for an address, a mount or a file of certificates that cannot be used
   */
  static async open(options: TransitOptions): Promise<TransitClient> {
    assertTransitPlace(options);
    const settings = { keepAlive: true, maxSockets: MAX_SOCKETS };
    const tokens = { current: () => tokenOf(options.tokenFile) };
    if (!options.address.startsWith('https:'))
      return new TransitClient(options, nodeTransport(new http.Agent(settings)), tokens);
    const ca = options.caFile === undefined ? undefined : await certificatesOf(options.caFile);
    const agent = new https.Agent({ ...settings, ca, minVersion: 'TLSv1.2' });
    return new TransitClient(options, nodeTransport(agent), tokens);
  }

  /**
   * @param path below the mount; only names that passed `isKeyName`, and words of our own
   * @throws CryptoError `key-provider-unavailable`, `key-provider-denied`, `key-provider-invalid`
   */
  async request(method: TransitMethod, path: string, body?: object): Promise<TransitAnswer> {
    const bytes = body && Buffer.from(JSON.stringify(body));
    let answer = await this.attempts(method, path, bytes);
    if (isDenied(answer) && this.tokens.renew?.()) answer = await this.attempts(method, path, bytes);
    if (isDenied(answer))
      throw new CryptoError('key-provider-denied', 'The transit engine refused the token; check it and its policy');
    if (answer.status !== 400 && answer.status !== 404 && (answer.status < 200 || answer.status > 204))
      throw invalid(`it answered ${answer.status}`);
    return { status: answer.status, data: answer.status === 200 ? dataOf(answer.body) : {} };
  }

  private async attempts(method: TransitMethod, path: string, body: Buffer | undefined): Promise<RawAnswer> {
    const url = new URL(`/v1/${this.options.mount}/${path}`, this.options.address);
    return persistently(async () => {
      const headers = { ...headersFor(this.options), 'x-vault-token': (await this.tokens.current()).reveal() };
      return this.transport({ method, url, headers, body, timeoutMs: this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS });
    });
  }
}

/** What every request to a server with namespaces says. */
export function headersFor({ namespace }: TransitPlace): Record<string, string> {
  return {
    'x-vault-request': 'true',
    'content-type': 'application/json',
    ...(namespace ? { 'x-vault-namespace': namespace } : {}),
  };
}

/** @throws CryptoError `key-provider-unavailable` when no attempt brought an answer that will do */
export async function persistently(attempt: () => Promise<RawAnswer>): Promise<RawAnswer> {
  let failure: unknown;
  for (let tries = 1; tries <= MAX_ATTEMPTS; tries++) {
    if (tries > 1) await delay(backoff(tries - 1, 50, MAX_PAUSE_MS));
    try {
      const answer = await attempt();
      if (answer.status !== 429 && answer.status < 500) return answer;
      failure = new Error(`status ${answer.status}`);
    } catch (error) {
      if (error instanceof CryptoError) throw error;
      if (isUntrusted(error)) throw invalid('its certificate does not chain to the expected ones', error);
      failure = error;
    }
  }
  throw new CryptoError('key-provider-unavailable', 'The transit engine does not answer, or is sealed; try again', {
    cause: failure,
  });
}

function nodeTransport(agent: http.Agent): TransitTransport {
  return ({ method, url, headers, body, timeoutMs }) => {
    const { request } = url.protocol === 'https:' ? https : http;
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const sent = request(url, { method, agent, signal, headers }, (response) => {
        collect(response).then((answered) => resolve({ status: response.statusCode ?? 0, body: answered }), reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  };
}

const isDenied = ({ status }: RawAnswer) => status === 401 || status === 403;

/** What OpenSSL and Node call a certificate that they do not accept: trying again changes nothing. */
const UNTRUSTED = /CERT|UNABLE_TO_VERIFY/;

function isUntrusted(error: unknown): boolean {
  return UNTRUSTED.test((error as NodeJS.ErrnoException).code ?? '');
}

async function certificatesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw invalid('the file of its certificates cannot be read', cause);
  }
}

async function tokenOf(file: string): Promise<Secret> {
  const content = await readPrivateFile(file);
  const token = content?.bytes.toString('latin1').trim();
  if (!token || !/^[\x21-\x7e]+$/.test(token)) throw invalid('the file of its token is missing or holds no token');
  return new Secret(token);
}

async function collect(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw invalid('its answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The object that stands under `name` in an answer. Faults of the parser are dropped: they quote what was answered. */
export function dataOf(body: Buffer, name: 'data' | 'auth' = 'data'): Readonly<Record<string, unknown>> {
  let answered: Record<string, unknown> | null;
  try {
    answered = JSON.parse(body.toString('utf8')) as Record<string, unknown> | null;
  } catch {
    throw invalid('its answer is no JSON');
  }
  const data = answered?.[name];
  if (typeof data !== 'object' || data === null) throw invalid(`its answer has no ${name}`);
  return data as Readonly<Record<string, unknown>>;
}
