import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type ServiceName, servedBy, subscriptions } from '@millrace/contracts';
import type { Clock } from '@millrace/kernel';
import type { Instruments } from '@millrace/messaging';
import {
  createErrorReporter,
  createLogger,
  createMetrics,
  extract,
  inject,
  type Logger,
  type Metrics,
  startTelemetry,
  type Telemetry,
  withSpan,
} from '@millrace/observability';
import { destination } from 'pino';
import type { RegionConfig } from './region-config.js';

/** The release that runs; the same as in package.json. */
export const RELEASE = '0.1.0';

/** Tracing is one per process, however many services it hosts. */
let telemetry: Telemetry | undefined;

export interface ServiceInstruments {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly instruments: Instruments;
}

/** Logs, metrics, spans and error reports of one service. */
export function createInstruments(service: ServiceName, config: RegionConfig, clock: Clock): ServiceInstruments {
  telemetry ??= startTelemetry();
  const tracer = telemetry.tracer(service);
  const log = createLogger({ service, level: config.logs.level, destination: logFile(service, config), clock });
  const metrics = createMetrics({ service, process: true });
  const reporter = createErrorReporter({ service, release: RELEASE, log, clock });
  const count = handledMetrics(service, metrics);
  const handled: Instruments['handled'] = (kind, name, outcome, durationMs, requestId) => {
    count(kind, name, outcome, durationMs);
    const fields = { requestId, durationMs: Math.round(durationMs), outcome: outcome === 'success' ? 'ok' : outcome };
    if (kind === 'operation') log.info('operation answered', { operation: name, ...fields });
    else log.info('event heard', { event: name, ...fields });
  };
  const instruments: Instruments = {
    span: ({ kind, name, carrier, requestId }, work) =>
      withSpan(tracer, name, { operation: name, ...(requestId ? { requestId } : {}) }, work, {
        kind,
        ...(carrier ? { parent: extract(carrier) } : {}),
      }),
    carrier: () => inject({}),
    handled,
    unexpected: (error, { operation, event }) => void reporter.report(error, { operation: operation ?? event }),
  };
  return { log, metrics, instruments };
}

/** A file per service where a directory is given; otherwise standard output, for the cluster's collector. */
function logFile(service: ServiceName, config: RegionConfig) {
  const { directory } = config.logs;
  if (!directory) return undefined;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return destination({ dest: path.join(directory, `${service}.log`), sync: false, mode: 0o600 });
}

function handledMetrics(service: ServiceName, metrics: Metrics): Instruments['handled'] {
  const outcomes = ['success', 'refused', 'failed'] as const;
  const operation = servedBy(service).map((one) => one.name);
  const event = (subscriptions[service] ?? []).map((kind) => kind.name);
  const operations = metrics.histogram('millrace_operation_duration_seconds', 'Operations answered, by outcome', {
    operation,
    outcome: outcomes,
  });
  const events = metrics.histogram('millrace_event_duration_seconds', 'Events heard, by outcome', {
    event,
    outcome: outcomes,
  });
  return (kind, name, outcome, durationMs) => {
    if (kind === 'operation') operations.observe({ operation: name, outcome }, durationMs / 1000);
    else events.observe({ event: name, outcome }, durationMs / 1000);
  };
}
