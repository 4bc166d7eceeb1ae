import { type Context, context, isSpanContextValid, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';

/** Headers as NATS and HTTP hold them; names in lower case. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** W3C Trace Context, version 00: version, trace id, parent id, flags (w3.org/TR/trace-context §3.2). */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Adds `traceparent` of the active span to `headers` and gives them back. Nothing else travels: `baggage` and
 * `tracestate` carry free text, so they are removed should a caller have put them there.
 */
export function inject<H extends Record<string, string>>(headers: H): H {
  for (const name of Object.keys(headers)) {
    if (/^(?:baggage|tracestate|traceparent)$/i.test(name)) delete headers[name];
  }
  const span = trace.getActiveSpan()?.spanContext();
  if (!span || !isSpanContextValid(span)) return headers;
  const flags = (span.traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0');
  return Object.assign(headers, { traceparent: `00-${span.traceId}-${span.spanId}-${flags}` });
}

/**
 * The context for spans that continue the sender's trace; one without a parent when there is no readable
 * `traceparent`. `baggage` and `tracestate` are not read. At the public edge do not call it: strangers' ids would join
 * their requests to one another.
 */
export function extract(headers: Headers): Context {
  const header = headers.traceparent;
  const match = TRACEPARENT.exec(typeof header === 'string' ? header : '');
  if (!match) return ROOT_CONTEXT;
  const [, traceId, spanId, flags] = match as unknown as [string, string, string, string];
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

/** Runs `work` in `parent`, so that spans and log lines made inside belong to it. */
export function inContext<T>(parent: Context, work: () => T): T {
  return context.with(parent, work);
}
