import type { ServiceDefinition } from '@millrace/service';
import type { FastifyInstance } from 'fastify';
import { Edge } from './edge/edge.js';
import { createEdgeAdapter } from './edge/edge.adapter.js';
import { evidence } from './gateway.evidence.js';
import { GatewayModule } from './gateway.module.js';
import { migrations } from './migrations/index.js';
import { tables } from './tables.js';

/** The HTTP edge of a region. */
export const definition: ServiceDefinition = {
  name: 'gateway',
  tables,
  migrations,
  module: GatewayModule,
  evidence,
  http: {
    adapter: createEdgeAdapter,
    configure: (app) => app.get(Edge).configure(app.getHttpAdapter().getInstance() as FastifyInstance),
  },
};
