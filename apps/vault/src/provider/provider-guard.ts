import { type EgressIntent, EgressGuard, responseOf } from '@millrace/egress';
import { type Database, recordingEgress } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';

/** Providers are told nothing but credentials, so that connections of customers work. */
const PURPOSE = 'sync';
const CATEGORIES = ['credential'] as const;

/** Milliseconds that a provider has for an answer. */
const TIMEOUT_MS = 10_000;
/** Largest answer that is read; tokens and lists of sites are far smaller. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** Why a provider is called: for one connection, or one that is being made, or for a customer's key. */
const intentFor = (connectionId: string): EgressIntent => ({
  purpose: PURPOSE,
  categories: CATEGORIES,
  recipient: { kind: 'customer-connection', id: connectionId },
});

export interface ProviderRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds; ten seconds when left out. */
  readonly timeoutMs?: number;
  /** Certificates (PEM) to trust instead of the system's. */
  readonly ca?: string | undefined;
}

/** The vault's one way out. Every call is decided and recorded before a byte leaves. */
export class ProviderGuard {
  private readonly guard: EgressGuard;

  constructor({ config, clock }: Runtime, database: Database) {
    this.guard = new EgressGuard({
      region: config.region,
      privateCidrs: config.egress.privateCidrs,
      clock,
      record: recordingEgress(database),
      rules: {
        purposes: { [PURPOSE]: {} },
        subProcessor: () => undefined,
        customerConnection: { purposes: [PURPOSE], ceiling: CATEGORIES },
      },
    });
  }

  /** One exchange, as the Fetch standard's answer. @throws Problem of egress when there is no answer */
  async fetch(connectionId: string, url: string, request: ProviderRequest): Promise<Response> {
    const { method, headers, body, timeoutMs = TIMEOUT_MS, ca } = request;
    const answer = await this.guard.fetch(intentFor(connectionId), url, {
      method,
      headers,
      body,
      timeoutMs,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      ...(ca === undefined ? {} : { tls: { ca } }),
    });
    return responseOf(answer);
  }
}
