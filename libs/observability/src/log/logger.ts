import { trace } from '@opentelemetry/api';
import { type Clock, systemClock } from '@millrace/kernel';
import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import { describeError } from '../error-report/describe-error.js';
import { checkFields, type Fields, passes } from '../field/field.js';
import { scrubText } from '../scrub/scrub-text.js';

/**
 * - `debug`: for the developer of this part
 * - `info`: something the operator expects happened
 * - `warn`: something went wrong and the product deals with it
 * - `error`: a human must act now; anything else is not an error
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A literal; a text that is put together at run time could hold a value. */
export type Constant<M extends string> = Record<never, never> extends Record<M, 1> ? never : M;

type Write = <const M extends string>(message: Constant<M>, fields?: Fields, error?: unknown) => void;

/**
 * Writes one JSON object per line: level, time, service, msg, the fields of the closed set, the ids of the active
 * span, and `error` when one is given. Messages are literals; what happened is told by fields.
 */
export interface Logger extends Readonly<Record<LogLevel, Write>> {
  /** A logger that adds `fields` to each line. */
  with(fields: Fields): Logger;
  /** How many fields and messages have been left out since the start, by this logger and those made from it. */
  readonly dropped: number;
}

export interface LoggerOptions {
  /** A service or library of the product. */
  readonly service: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
  readonly clock?: Clock;
}

/** Most different messages of one logger. Literals are few; more means that somebody builds them, and they are withheld. */
const MAX_MESSAGES = 1_000;
const WITHHELD = 'message withheld';

/** Makes a service's logger. Throws when `service` is none of the product's. */
export function createLogger(options: LoggerOptions): Logger {
  const { service, level = 'info', clock = systemClock } = options;
  if (!passes('service', service)) throw new Error('A logger needs the name of a service of the product');
  const settings = {
    level,
    base: { service },
    timestamp: () => `,"time":"${clock.now().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const sink = options.destination ? pino(settings, options.destination) : pino(settings);
  return new FieldLogger({ sink, messages: new Map(), dropped: 0 }, {});
}

interface Shared {
  readonly sink: Pino;
  /** Scrubbed form of each message seen. */
  readonly messages: Map<string, string>;
  dropped: number;
}

class FieldLogger implements Logger {
  constructor(
    private readonly shared: Shared,
    private readonly own: Fields,
  ) {}

  readonly debug: Write = (message, fields, error) => this.#write('debug', message, fields, error);
  readonly info: Write = (message, fields, error) => this.#write('info', message, fields, error);
  readonly warn: Write = (message, fields, error) => this.#write('warn', message, fields, error);
  readonly error: Write = (message, fields, error) => this.#write('error', message, fields, error);

  get dropped(): number {
    return this.shared.dropped;
  }

  with(fields: Fields): Logger {
    return new FieldLogger(this.shared, { ...this.own, ...fields });
  }

  #write(level: LogLevel, message: unknown, fields: Fields | undefined, error: unknown): void {
    const { sink } = this.shared;
    if (!sink.isLevelEnabled(level)) return;
    const checked = checkFields({ ...this.own, ...fields });
    this.shared.dropped += checked.dropped;
    const line = {
      ...checked.fields,
      ...spanIds(),
      ...(checked.dropped > 0 ? { dropped: checked.dropped } : {}),
      ...(error === undefined ? {} : { error: describeError(error) }),
    };
    sink[level](line, this.#text(message));
  }

  #text(message: unknown): string {
    const { messages } = this.shared;
    const known = messages.get(message as string);
    if (known !== undefined) return known;
    if (typeof message !== 'string' || messages.size >= MAX_MESSAGES) {
      this.shared.dropped += 1;
      return WITHHELD;
    }
    // pino reads % as a placeholder only when arguments follow; none do.
    messages.set(message, scrubText(message));
    return messages.get(message)!;
  }
}

function spanIds(): { traceId?: string; spanId?: string } {
  const context = trace.getActiveSpan()?.spanContext();
  return context ? { traceId: context.traceId, spanId: context.spanId } : {};
}
