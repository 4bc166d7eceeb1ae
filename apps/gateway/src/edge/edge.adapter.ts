import { newId } from '@millrace/kernel';
import type { Runtime } from '@millrace/service';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MAX_BODY_BYTES } from '../operation/json-body.js';
import { problemOf, sendProblem } from '../problem/problem-answer.js';
import { refuseMalformed } from './refuse-malformed.js';
import { shield } from './security-headers.js';

/** Longest path parameter in bytes: a label of 100 characters, each of them four bytes of UTF-8 in percent form. */
const MAX_PARAMETER_LENGTH = 1_200;
/** Milliseconds that a client may take to send a request (RFC 9110 §15.5.9). */
const REQUEST_TIMEOUT_MS = 30_000;

/** Nest's Fastify adapter without what Nest adds for controllers: here the catalogue gives routes, answers and errors. */
class EdgeAdapter extends FastifyAdapter {
  override setErrorHandler(): never {
    return this.instance as never;
  }

  override setNotFoundHandler(): never {
    return this.instance as never;
  }

  override registerParserMiddleware(): void {
    // Bodies are read by `readJsonBodies`; forms are refused.
  }
}

export function createEdgeAdapter({ clock, config }: Runtime): FastifyAdapter {
  return new EdgeAdapter({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Ids are ours: a client's could collide, or carry something about a person into logs.
    requestIdHeader: false,
    genReqId: () => newId(clock),
    // While stopping, what still arrives on open connections is answered like everything else, then closed.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAMETER_LENGTH },
    clientErrorHandler: (error, socket) => refuseMalformed(error, socket, newId(clock)),
    // A malformed address is refused before any hook runs.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      shield(request.raw, reply.raw, config.http.secureCookies);
      reply.header('x-request-id', request.id);
      void sendProblem(request, reply, problemOf(error));
    },
    skipMiddie: true,
  });
}
