import { trace } from '@opentelemetry/api';
import { type Clock, newId, systemClock } from '@millrace/kernel';
import { checkFields, type Fields, passes } from '../field/field.js';
import type { Logger } from '../log/logger.js';
import { describeError, type ErrorDescription } from './describe-error.js';

/** All that leaves about an error. Each value is an id, a number, a code or a place in the source. */
export interface ErrorReport extends ErrorDescription {
  readonly id: string;
  /** Instant of the report, UTC. */
  readonly at: string;
  readonly service: string;
  readonly release: string;
  readonly traceId?: string;
  readonly operation?: string;
  /** Numbers about the circumstances: attempts, rows, bytes. */
  readonly counts: Readonly<Partial<Record<CountName, number>>>;
}

export type CountName = 'count' | 'attempt' | 'rows' | 'bytes' | 'durationMs';
const COUNT_NAMES: readonly CountName[] = ['count', 'attempt', 'rows', 'bytes', 'durationMs'];

/** Where reports go. A sink outside the process goes through the egress guard. */
export type ErrorSink = (report: ErrorReport) => void | Promise<void>;

export interface ErrorReporterOptions {
  readonly service: string;
  /** Version or commit that runs. */
  readonly release: string;
  readonly log: Logger;
  /** Beside the log, which always gets the report. Default: none. */
  readonly sink?: ErrorSink;
  readonly clock?: Clock;
}

/** What a caller knows about the circumstances. */
export type Circumstances = Pick<Fields, 'operation' | CountName>;

/** Reports errors that nobody expected. It never throws, and a sink that fails changes nothing for the caller. */
export interface ErrorReporter {
  /** Sends a report and gives its id, which may be shown to the person who met the error; undefined above the limit. */
  report(error: unknown, circumstances?: Circumstances): Promise<string | undefined>;
}

/** Most reports in one minute; a broken dependency would otherwise send one per request. */
const MAX_REPORTS_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

/** Throws when `service` or `release` is not one that a report may name. */
export function createErrorReporter(options: ErrorReporterOptions): ErrorReporter {
  const { service, release, log, clock = systemClock } = options;
  if (!passes('service', service) || !passes('version', release)) {
    throw new Error('An error reporter needs a service of the product and a release such as 1.2.3');
  }
  const allows = perMinute(clock);
  return {
    async report(error, circumstances) {
      if (!allows()) return undefined;
      const report = {
        ...headOf(clock),
        service,
        release,
        ...aboutCircumstances(circumstances),
        ...describeError(error),
      };
      log.warn('unexpected error', { reportId: report.id, operation: report.operation, ...report.counts }, error);
      try {
        await options.sink?.(report);
      } catch (failure) {
        log.warn('error report was not delivered', { reportId: report.id }, failure);
      }
      return report.id;
    },
  };
}

function headOf(clock: Clock): Pick<ErrorReport, 'id' | 'at' | 'traceId'> {
  const traceId = trace.getActiveSpan()?.spanContext().traceId;
  return { id: newId(clock), at: clock.now().toISOString(), ...(traceId ? { traceId } : {}) };
}

function aboutCircumstances(circumstances: Circumstances | undefined): Pick<ErrorReport, 'operation' | 'counts'> {
  const { fields } = checkFields(circumstances);
  const counts = Object.fromEntries(COUNT_NAMES.flatMap((name) => (name in fields ? [[name, fields[name]]] : [])));
  return { ...(fields.operation ? { operation: fields.operation as string } : {}), counts };
}

function perMinute(clock: Clock): () => boolean {
  let windowStart = Number.NEGATIVE_INFINITY;
  let reports = 0;
  return () => {
    const now = clock.now().getTime();
    if (now - windowStart >= MINUTE_MS) {
      windowStart = now;
      reports = 0;
    }
    reports += 1;
    return reports <= MAX_REPORTS_PER_MINUTE;
  };
}
