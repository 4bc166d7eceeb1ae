import { operations, problemKinds } from '@millrace/contracts';
import { type Problem, stopwatch } from '@millrace/kernel';
import { type Runtime } from '@millrace/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AccessLog } from '../access-log/access-log.js';
import { type CookieRegister } from '../session/cookie-register.js';

/** What did not match any route. */
const UNKNOWN_ROUTE = 'unknown';
const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;

/** Pages and files besides the operations, as spans and metrics name them. */
export const pageNames = [
  'gateway.page',
  'gateway.docs',
  'gateway.open-api',
  'gateway.problem',
  'gateway.health',
  'gateway.method-not-allowed',
] as const;

/** Leaves the traces of each request: a span, metrics, an access log entry, the cookie names of its answer. */
export class RequestRecord {
  constructor(
    private readonly runtime: Runtime,
    private readonly accessLog: AccessLog,
    private readonly cookies: CookieRegister,
  ) {}

  attach(fastify: FastifyInstance): void {
    const measure = this.measures();
    fastify.addHook('onRequest', (request, reply, done) => {
      request.elapsed = stopwatch();
      request.startedAt = this.runtime.clock.now();
      this.inSpan(request, reply, done);
    });
    fastify.addHook('onResponse', async (request, reply) => {
      const durationMs = request.elapsed();
      measure(request, reply, durationMs);
      this.cookies.observe(reply.raw.getHeader('set-cookie'));
      this.accessLog.add({
        requestId: request.id,
        at: request.startedAt,
        method: request.method,
        route: request.routeOptions.config.route ?? UNKNOWN_ROUTE,
        status: reply.raw.statusCode,
        durationMs: Math.round(durationMs),
        address: request.ip,
        userAgent: request.headers['user-agent'],
        ...(request.caller?.kind === 'user' ? { userId: request.caller.userId } : {}),
      });
    });
    fastify.addHook('onClose', async () => {
      await this.cookies.settled();
      await this.accessLog.stop();
    });
  }

  /**
   * Everything that follows in the request happens inside its span. The trace begins here: ids that strangers send would
   * join their requests to one another.
   */
  private inSpan(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
    const { name } = request.routeOptions.config;
    if (name === undefined) return done();
    const work = () =>
      new Promise<void>((resolve, reject) => {
        reply.raw.once('close', () =>
          request.failure && request.failure.status >= 500 ? reject(request.failure) : resolve(),
        );
        done();
      });
    // The problem was answered and reported already; here it only marks the span.
    this.runtime.instruments.span({ kind: 'server', name, requestId: request.id }, work).catch(() => undefined);
  }

  private measures() {
    const { metrics } = this.runtime;
    const operation = [...[...operations.values()].filter((one) => one.http).map((one) => one.name), ...pageNames];
    // Without the method, which the operation tells.
    const requests = metrics.counter('millrace_http_requests_total', 'Requests answered', {
      operation,
      status: STATUS_CLASSES,
    });
    const durations = metrics.histogram('millrace_http_request_duration_seconds', 'From the first byte to the last', {
      operation,
      status: STATUS_CLASSES,
    });
    const problems = metrics.counter('millrace_http_problems_total', 'Problems answered', {
      code: Object.keys(problemKinds),
    });
    return (request: FastifyRequest, reply: FastifyReply, durationMs: number) => {
      const name = request.routeOptions.config.name ?? UNKNOWN_ROUTE;
      const status = `${Math.floor(reply.raw.statusCode / 100)}xx`;
      requests.add({ operation: name, status });
      durations.observe({ operation: name, status }, durationMs / 1000);
      if (request.failure) problems.add({ code: request.failure.code });
    };
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Milliseconds since the request arrived. */
    elapsed: () => number;
    startedAt: Date;
    /** The problem that the request was answered with. */
    failure?: Problem;
  }
}
