import cookie from '@fastify/cookie';
import { kernelProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { Runtime } from '@millrace/service';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { OperationRoutes } from '../operation/operation-routes.js';
import { readJsonBodies } from '../operation/json-body.js';
import { AddressBudget } from '../rate-limit/address-budget.js';
import { problemOf, sendProblem } from '../problem/problem-answer.js';
import { RequestRecord } from './request-record.js';
import { shield } from './security-headers.js';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The HTTP edge: what holds for every request, whatever its route. */
export class Edge {
  constructor(
    private readonly runtime: Runtime,
    private readonly record: RequestRecord,
    private readonly budget: AddressBudget,
    private readonly operations: OperationRoutes,
  ) {}

  async configure(fastify: FastifyInstance): Promise<void> {
    const { config } = this.runtime;
    fastify.addHook('onRequest', (request, reply, done) => {
      shield(request.raw, reply.raw, config.http.secureCookies);
      reply.header('x-request-id', request.id);
      done();
    });
    this.record.attach(fastify);
    fastify.addHook('onRequest', async (request) => {
      this.budget.spend(request.ip);
      // Thrown here rather than in the handler, so that the body of a request to nowhere is not read.
      if (request.is404) throw new Problem(kernelProblems.notFound);
    });
    await fastify.register(cookie);
    readJsonBodies(fastify);
    this.answerErrors(fastify);
    const known = collectRoutes(fastify);
    this.operations.register(fastify);
    refuseOtherMethods(fastify, known);
  }

  private answerErrors(fastify: FastifyInstance): void {
    fastify.setErrorHandler((error, request, reply) => {
      const problem = problemOf(error);
      const { name } = request.routeOptions.config;
      if (problem.status === 500)
        this.runtime.instruments.unexpected(problem.details.cause ?? problem, { operation: name });
      return sendProblem(request, reply, problem);
    });
    fastify.setNotFoundHandler((request, reply) => sendProblem(request, reply, new Problem(kernelProblems.notFound)));
  }
}

interface KnownPath {
  readonly methods: Set<string>;
  readonly route: string;
}

function collectRoutes(fastify: FastifyInstance): Map<string, KnownPath> {
  const known = new Map<string, KnownPath>();
  fastify.addHook('onRoute', ({ url, method, config }) => {
    const path = known.get(url) ?? { methods: new Set<string>(), route: config?.route ?? url };
    for (const one of [method].flat()) path.methods.add(one);
    known.set(url, path);
  });
  return known;
}

/** A known path says which methods it takes when it is asked with another. */
function refuseOtherMethods(fastify: FastifyInstance, known: ReadonlyMap<string, KnownPath>): void {
  for (const [url, { methods, route }] of [...known]) {
    const allow = METHODS.filter((method) => methods.has(method)).join(', ');
    fastify.route({
      method: METHODS.filter((method) => !methods.has(method)),
      url,
      config: { name: 'gateway.method-not-allowed', route },
      exposeHeadRoute: false,
      onRequest: async (_request, reply) => {
        reply.header('allow', allow);
        throw new Problem(kernelProblems.methodNotAllowed);
      },
      handler: () => undefined,
    });
  }
}
