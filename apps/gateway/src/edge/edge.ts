import cookie from '@fastify/cookie';
import { kernelProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Runtime } from '@millrace/service';
import type { FastifyInstance } from 'fastify';
import { readJsonBodies } from '../operation/json-body.js';
import { type AddressBudget } from '../rate-limit/address-budget.js';
import { problemOf, sendProblem } from '../problem/problem-answer.js';
import { type AllRoutes } from './all-routes.js';
import { rememberAddress } from './own-address.js';
import { type RequestRecord } from './request-record.js';
import { shield } from './security-headers.js';

/** The HTTP edge: what holds for every request, whatever its route. */
export class Edge {
  constructor(
    private readonly runtime: Runtime,
    private readonly record: RequestRecord,
    private readonly budget: AddressBudget,
    private readonly routes: AllRoutes,
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
      const { module } = request.routeOptions.config;
      if (request.is404 || (module && !this.runtime.charter.isOn(module))) throw new Problem(kernelProblems.notFound);
    });
    await fastify.register(cookie);
    readJsonBodies(fastify);
    this.answerErrors(fastify);
    await this.routes.register(fastify);
    rememberAddress(this.runtime, fastify.server);
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
