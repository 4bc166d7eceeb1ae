import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

/** Sends one OTLP/HTTP request body (`content-type: application/json`) to a collector's `/v1/traces`; rejects when refused. */
export type OtlpSend = (body: Uint8Array) => Promise<void>;

/** `ExportResultCode` of OpenTelemetry. */
const SUCCESS = 0;
const FAILED = 1;

/**
 * Exports spans as OTLP JSON through `send`, which the caller routes through the egress guard: so a collector is a
 * recipient like any other, and TLS is what the guard speaks.
 */
export class OtlpExporter implements SpanExporter {
  readonly #running = new Set<Promise<void>>();

  constructor(private readonly send: OtlpSend) {}

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    const body = JsonTraceSerializer.serializeRequest(spans);
    if (!body) return done({ code: FAILED });
    const running: Promise<void> = this.send(body)
      .then(
        () => done({ code: SUCCESS }),
        () => done({ code: FAILED }),
      )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#running);
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }
}
