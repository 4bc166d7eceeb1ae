import { type Context, context, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import { describeError } from '../error-report/describe-error.js';
import { checkFields, type Fields } from '../field/field.js';

export interface SpanOptions {
  /** Default `internal`. */
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Where the span hangs. Default: the active context; see `extract`. */
  readonly parent?: Context;
}

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/**
 * Runs `work` inside a span and ends it, whatever happens. `name` is an operation's name or one such as
 * `persistence.transaction`; `fields` are of the closed set. An error leaves its code in the span, never its message.
 */
export async function withSpan<T>(
  tracer: Tracer,
  name: string,
  fields: Fields,
  work: (span: Span) => Promise<T> | T,
  options: SpanOptions = {},
): Promise<T> {
  const parent = options.parent ?? context.active();
  const settings = { kind: KINDS[options.kind ?? 'internal'], attributes: checkFields(fields).fields };
  const span = tracer.startSpan(name, settings, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    const { code } = describeError(error);
    span.setStatus({ code: SpanStatusCode.ERROR });
    if (code) span.setAttribute('code', code);
    throw error;
  } finally {
    span.end();
  }
}
