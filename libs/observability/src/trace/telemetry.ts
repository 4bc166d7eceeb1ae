import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import {
  BatchSpanProcessor,
  NoopSpanProcessor,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { passes } from '../field/field.js';
import { OtlpExporter, type OtlpSend } from './otlp-exporter.js';
import { ScrubbingProcessor } from './scrubbing-processor.js';

/** Batching of exports: OpenTelemetry's own defaults, stated so that no environment variable changes them. */
const BATCH = {
  maxExportBatchSize: 512,
  maxQueueSize: 2_048,
  scheduledDelayMillis: 5_000,
  exportTimeoutMillis: 30_000,
};
/** Most attributes of a span and most characters of one; more is dropped before the scrubber sees it. */
const SPAN_LIMITS = { attributeCountLimit: 32, attributeValueLengthLimit: 256, eventCountLimit: 0, linkCountLimit: 16 };

export interface TelemetryOptions {
  /** Sends spans to an OTLP collector, in batches. Default: spans give ids to logs and go nowhere. */
  readonly otlp?: OtlpSend;
  /** Gets each span as it ends; for tests. */
  readonly exporter?: SpanExporter;
  /** Share of traces that are exported, from 0 to 1; a trace that began elsewhere keeps its choice. Default 1. */
  readonly ratio?: number;
}

export interface Telemetry {
  /** The tracer of one service; its spans say `service.name`. Throws for a name that is none of the product's. */
  tracer(service: string): Tracer;
  /** Exports what has ended, then stops. Tracers made before do nothing from then on. */
  stop(): Promise<void>;
}

/**
 * Starts tracing for the whole process, once, whichever services it hosts. Spans are made by hand: there is no
 * automatic instrumentation, no resource detection (it would export host and user names), and no baggage.
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  const sdk = new NodeSDK({
    serviceName: 'millrace',
    autoDetectResources: false,
    instrumentations: [],
    textMapPropagator: null,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.ratio ?? 1) }),
    spanLimits: SPAN_LIMITS,
    spanProcessors: processors(options),
    // Empty rather than absent: otherwise the SDK would start exporters of its own from the environment.
    logRecordProcessors: [],
    metricReaders: [],
  });
  sdk.start();
  return {
    tracer(service) {
      if (!passes('service', service)) throw new Error('A tracer needs the name of a service of the product');
      return trace.getTracer(service);
    },
    async stop() {
      await sdk.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

function processors({ otlp, exporter }: TelemetryOptions): SpanProcessor[] {
  const found = [
    ...(otlp ? [new BatchSpanProcessor({ ...BATCH, exporter: new OtlpExporter(otlp) })] : []),
    ...(exporter ? [new SimpleSpanProcessor({ exporter })] : []),
  ];
  // Without any processor the SDK would make spans without ids, and logs could not be joined to requests.
  return found.length > 0 ? found.map((next) => new ScrubbingProcessor(next)) : [new NoopSpanProcessor()];
}
