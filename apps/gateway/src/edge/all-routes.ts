import type { Feature } from '@millrace/charter';
import { kernelProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { type ApiDocs } from '../document/api-docs.js';
import { type OperationRoutes } from '../operation/operation-routes.js';
import { type AllPages } from '../page/all-pages.js';

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Every route of the edge: the operations, the pages, the description of the API. */
export class AllRoutes {
  constructor(
    private readonly operations: OperationRoutes,
    private readonly pages: AllPages,
    private readonly docs: ApiDocs,
  ) {}

  async register(fastify: FastifyInstance): Promise<void> {
    const known = collectRoutes(fastify);
    this.operations.register(fastify);
    await this.pages.register(fastify);
    await this.docs.register(fastify);
    refuseOtherMethods(fastify, known);
  }
}

interface KnownPath {
  readonly methods: Set<string>;
  readonly route: string;
  readonly module?: Feature;
}

function collectRoutes(fastify: FastifyInstance): Map<string, KnownPath> {
  const known = new Map<string, KnownPath>();
  fastify.addHook('onRoute', ({ url, method, config }) => {
    const path = known.get(url) ?? { methods: new Set<string>(), route: config?.route ?? url, module: config?.module };
    for (const one of [method].flat()) path.methods.add(one);
    known.set(url, path);
  });
  return known;
}

/** A known path says which methods it takes when it is asked with another. */
function refuseOtherMethods(fastify: FastifyInstance, known: ReadonlyMap<string, KnownPath>): void {
  for (const [url, { methods, route, module }] of [...known]) {
    const allow = METHODS.filter((method) => methods.has(method)).join(', ');
    fastify.route({
      method: METHODS.filter((method) => !methods.has(method)),
      url,
      config: { name: 'gateway.method-not-allowed', route, module },
      exposeHeadRoute: false,
      onRequest: async (_request, reply) => {
        reply.header('allow', allow);
        throw new Problem(kernelProblems.methodNotAllowed);
      },
      handler: () => undefined,
    });
  }
}
