import type { Attributes, Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import { checkFields, passes } from '../field/field.js';

/** Shown when a span has a name that is not one of the product's grammar. */
const UNNAMED = 'unnamed';

/**
 * Stands between every span and its exporter and hands on a copy that holds the closed set of fields only. Status
 * messages, event attributes (an exception's message and stack), links' attributes, trace state and names that are put
 * together at run time stay here, whoever set them.
 */
export class ScrubbingProcessor implements SpanProcessor {
  constructor(private readonly next: SpanProcessor) {}

  onStart(span: Span, parent: Context): void {
    this.next.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    this.next.onEnd(scrubbed(span));
  }

  forceFlush(): Promise<void> {
    return this.next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.next.shutdown();
  }
}

function scrubbed(span: ReadableSpan): ReadableSpan {
  const { fields, dropped } = checkFields(span.attributes);
  const service = span.instrumentationScope.name;
  const attributes: Attributes = { ...fields, ...(passes('service', service) ? { 'service.name': service } : {}) };
  return {
    name: passes('name', span.name) ? span.name : UNNAMED,
    kind: span.kind,
    spanContext: () => withoutState(span.spanContext()),
    parentSpanContext: span.parentSpanContext && withoutState(span.parentSpanContext),
    startTime: span.startTime,
    endTime: span.endTime,
    status: { code: span.status.code },
    attributes,
    links: span.links.map(({ context }) => ({ context: withoutState(context) })),
    events: [],
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: { name: passes('service', service) ? service : UNNAMED },
    droppedAttributesCount: span.droppedAttributesCount + dropped,
    droppedEventsCount: span.droppedEventsCount + span.events.length,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function withoutState({ traceId, spanId, traceFlags, isRemote }: ReturnType<ReadableSpan['spanContext']>) {
  return { traceId, spanId, traceFlags, isRemote };
}
