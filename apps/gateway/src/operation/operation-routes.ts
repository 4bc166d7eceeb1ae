import { Readable } from 'node:stream';
import type { Feature } from '@millrace/charter';
import type { Caller, Operation, Part } from '@millrace/contracts';
import { type Runtime } from '@millrace/service';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { bundleStream } from '../bundle/write-bundle.js';
import { type LiveStreams } from '../live/live-streams.js';
import { type RateLimits } from '../rate-limit/rate-limits.js';
import { type CallerOfRequest } from '../session/caller-of-request.js';
import { type SessionCookies, type StartedSession } from '../session/session-cookies.js';
import { deviceOf } from '../session/device.js';
import { type HttpOperation, httpOperations, pathsOf } from './http-operation.js';
import { moduleOf } from './module-of-operation.js';
import { inputOf } from './operation-input.js';

/** Gives every operation of the catalogue its routes. There is no other way to an operation. */
export class OperationRoutes {
  constructor(
    private readonly runtime: Runtime,
    private readonly callers: CallerOfRequest,
    private readonly cookies: SessionCookies,
    private readonly limits: RateLimits,
    private readonly live: LiveStreams,
  ) {}

  register(fastify: FastifyInstance): void {
    fastify.addHook('preClose', async () => this.live.stop());
    for (const operation of httpOperations) {
      for (const path of pathsOf(operation)) this.route(fastify, operation, path);
    }
  }

  private route(fastify: FastifyInstance, operation: HttpOperation, path: string): void {
    fastify.route({
      method: operation.http.method as HTTPMethods,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { name: operation.name, route: path, module: moduleOf(operation) },
      // Without its body the answer to a bundle would be made all the same, and signed.
      exposeHeadRoute: operation.http.live === undefined && operation.http.bundle === undefined,
      // Before the body is read: strangers do not make us parse.
      onRequest: async (request, reply) => {
        this.callers.refuseCrossSite(request);
        await this.limits.spend(operation.name, request.ip);
        request.caller = await this.callers.identify(operation, request, reply);
      },
      handler: (request, reply) => this.answer(operation, request, reply),
    });
  }

  /**
   * What a page of ours must pass that performs a visitor's operation: a form has no header to prove itself with, so the
   * browser's own word on where it came from decides, and no session counts.
   */
  guardForm(operation: HttpOperation) {
    return async (request: FastifyRequest) => {
      this.callers.refuseCrossSite(request);
      await this.limits.spend(operation.name, request.ip);
      request.caller = { kind: 'public' };
    };
  }

  /** What a page of ours must pass that shows everybody the same: no session counts, wherever the reader comes from. */
  guardReader(operation: HttpOperation) {
    return async (request: FastifyRequest) => {
      await this.limits.spend(operation.name, request.ip);
      request.caller = { kind: 'public' };
    };
  }

  /**
   * What somebody must pass who arrives at a page of ours from another site with something that only they can have: their
   * session counts, and without one they are a visitor.
   */
  guardArrival(operation: HttpOperation) {
    return async (request: FastifyRequest, reply: FastifyReply) => {
      await this.limits.spend(operation.name, request.ip);
      request.caller = await this.callers.identifyOrVisitor(operation, request, reply);
    };
  }

  /** Performs an operation for whoever asks; a session that it starts or ends reaches the browser as cookies only. */
  async perform(
    operation: HttpOperation,
    input: Record<string, unknown>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Record<string, unknown>> {
    const { http } = operation;
    const said = {
      ...input,
      ...(http.device ? { device: deviceOf(request.headers['user-agent']) } : {}),
      ...(http.browser ? { browser: this.cookies.tokenHashOf(request) } : {}),
    };
    const output = (await this.runtime.client.call(operation, said, request.caller, request.id)) as Record<
      string,
      unknown
    >;
    if (http.session === 'end') this.cookies.clear(reply);
    if (http.session !== 'start') return output;
    const { session, ...body } = output;
    this.cookies.start(reply, session as StartedSession);
    return body;
  }

  /**
   * The bytes of an answer, each part asked for when the reader has taken the one before. Should one fail, the connection
   * breaks off: half an answer must not look like a whole one.
   */
  private async *partsAfter(first: Part, rest: Operation, request: FastifyRequest): AsyncGenerator<Buffer> {
    for (let part = first; ;) {
      yield Buffer.from(part.part, 'base64');
      if (part.next === undefined) return;
      part = (await this.runtime.client.call(rest, { next: part.next }, request.caller, request.id)) as Part;
    }
  }

  private async answer(operation: HttpOperation, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { http } = operation;
    const input = inputOf(operation, request);
    if (http.live) return this.live.answer(operation, input, request, reply);
    const body = await this.perform(operation, input, request, reply);
    reply.code(http.status ?? 200);
    if (http.inParts) {
      const rest = this.partsAfter(body as Part, http.inParts.rest, request);
      return reply.type('application/json; charset=utf-8').send(Readable.from(rest, { objectMode: false }));
    }
    if (http.bundle) {
      const { rest, sign } = http.bundle;
      const signed = async (manifest: Record<string, unknown>) => {
        const { note } = (await this.runtime.client.call(sign, manifest, request.caller, request.id)) as {
          note: string;
        };
        return note;
      };
      return reply
        .type('application/zip')
        .header('content-disposition', 'attachment; filename="everything-about-you.zip"')
        .send(bundleStream(this.partsAfter(body as Part, rest, request), signed));
    }
    return http.mediaType ? reply.type(http.mediaType).send(body['text']) : reply.send(body);
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; known once the route's guard has passed. */
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** Name of the operation or page, for spans and metrics. */
    name?: string;
    /** Template of the path, for the access log. */
    route?: string;
    /** The module of the charter that switches the route on; without one it always is. */
    module?: Feature;
  }
}
