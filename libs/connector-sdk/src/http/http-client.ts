import { backoff, delay } from '@millrace/kernel';
import { ConnectorError } from '../connector-error.js';
import { exchange, type HttpAnswer, type HttpRequest } from './http-exchange.js';
import { DialingAgent, hostOf, mayBePlain, type WireOptions } from './http-wire.js';
import { LONGEST_WAIT_MS, Quota, type QuotaRule, retryAfterMs } from './quota.js';

/** Attempts at one request before its failure is the caller's. */
const MAX_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** Longest time for one answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 60_000;
/** Most bytes of one answer: pages of APIs are far smaller, and a worker holds one at a time. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

export interface HttpClientOptions extends WireOptions {
  readonly quota?: QuotaRule;
  /** Headers that prove who we are; called for each attempt, since a refresh changes them. */
  readonly authorize: () => Readonly<Record<string, string>>;
  /** Gets a new credential; undefined where there is no such thing. */
  readonly refresh?: (signal: AbortSignal) => Promise<void>;
}

export interface ClientRequest extends HttpRequest {
  /** What the request is about, for the sentences of errors. */
  readonly stream?: string;
  /** Sent without proof of who we are: how a token is asked for. */
  readonly anonymous?: boolean;
  /** Refuses an answer that is not what was asked for; a refused answer is asked for again. */
  readonly check?: (body: Buffer) => void;
}

/**
 * Sends requests of one session: waits for the API's limit, tries again what may pass, refreshes an expired token once,
 * and turns everything else into a connector error. Only answers of success come back.
 */
export class HttpClient {
  private readonly agent: DialingAgent;
  private readonly quota: Quota;

  constructor(private readonly options: HttpClientOptions) {
    this.agent = new DialingAgent(options);
    this.quota = new Quota(options.quota ?? {});
  }

  /** @throws ConnectorError; a Problem of the egress guard; the signal's reason */
  async send(request: ClientRequest, signal: AbortSignal): Promise<HttpAnswer> {
    this.assertAllowed(request.url);
    for (let attempt = 1, refreshed = false; ;) {
      const outcome = await this.attempt(request, signal);
      if ('answer' in outcome) return outcome.answer;
      const { error, expired, pauseMs } = outcome;
      if (expired && !refreshed && this.options.refresh && !request.anonymous) {
        refreshed = true;
        await this.options.refresh(signal);
        continue;
      }
      const waitMs = pauseMs ?? backoff(attempt, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
      if (!error.retryable || ++attempt > MAX_ATTEMPTS || waitMs > LONGEST_WAIT_MS) throw error;
      await delay(waitMs, signal);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async attempt(request: ClientRequest, signal: AbortSignal): Promise<Outcome> {
    await this.quota.turn(signal);
    const headers = request.anonymous ? request.headers : { ...request.headers, ...this.options.authorize() };
    try {
      const limits = { timeoutMs: ANSWER_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
      const answer = await exchange(this.agent, { ...request, headers }, limits, signal);
      this.quota.note(answer.headers);
      if (answer.status < 200 || answer.status > 299) return this.refusal(request, answer);
      request.check?.(answer.body);
      return { answer };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ConnectorError)) throw error;
      return { error: new ConnectorError(error.code, { ...error.details, stream: request.stream }) };
    }
  }

  private refusal({ stream, anonymous }: ClientRequest, { status, headers }: HttpAnswer): Outcome {
    // RFC 6749 §5.2: a refresh token that is over is answered with 400.
    if (status === 401 || (anonymous && status === 400)) {
      return { error: new ConnectorError('refused-credential'), expired: true };
    }
    if (status === 429 || (status === 403 && this.quota.waitMs > 0) || (status === 503 && headers['retry-after'])) {
      const waitMs = retryAfterMs(headers) ?? (this.quota.waitMs || undefined);
      return { error: new ConnectorError('quota-exceeded', { stream, retryAfterMs: waitMs }), pauseMs: waitMs };
    }
    if (status === 403) return { error: new ConnectorError('forbidden', { stream }) };
    if (status === 404 || status === 410) return { error: new ConnectorError('missing-stream', { stream }) };
    const passing = status === 408 || status === 425 || status >= 500;
    return { error: new ConnectorError(passing ? 'interrupted' : 'protocol-violation', { stream }) };
  }

  /** What is not in the list of hosts is never dialled, whatever an answer's link says. */
  private assertAllowed(url: URL): void {
    const known = url.protocol === 'https:' || (url.protocol === 'http:' && mayBePlain(url));
    if (!known) throw new ConnectorError('tls-refused');
    if (!this.options.hosts.has(hostOf(url)) || url.username || url.password) {
      throw new ConnectorError('protocol-violation');
    }
  }
}

type Outcome =
  | { readonly answer: HttpAnswer }
  | { readonly error: ConnectorError; readonly expired?: boolean; readonly pauseMs?: number };
