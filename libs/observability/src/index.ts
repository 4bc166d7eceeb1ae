export { describeError, type ErrorDescription } from './error-report/describe-error.js';
export {
  type Circumstances,
  createErrorReporter,
  type ErrorReport,
  type ErrorReporter,
  type ErrorReporterOptions,
  type ErrorSink,
} from './error-report/error-reporter.js';
export { checkFields, type FieldKind, type FieldName, type Fields, FIELDS } from './field/field.js';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './log/logger.js';
export {
  type CounterOf,
  createMetrics,
  type GaugeOf,
  type HistogramOf,
  type Label,
  LABELS,
  type LabelValues,
  type Metrics,
  type MetricsOptions,
  PROCESS_LABELS,
} from './metric/metrics.js';
export { scrubText } from './scrub/scrub-text.js';
export { OtlpExporter, type OtlpSend } from './trace/otlp-exporter.js';
export { extract, type Headers, inContext, inject } from './trace/propagation.js';
export { type SpanOptions, withSpan } from './trace/span.js';
export { startTelemetry, type Telemetry, type TelemetryOptions } from './trace/telemetry.js';
export { InMemorySpanExporter as MemoryExporter } from '@opentelemetry/sdk-trace';
