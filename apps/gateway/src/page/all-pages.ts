import type { FastifyInstance } from 'fastify';

/** Pages that belong together. */
export interface PageSet {
  register(fastify: FastifyInstance): void | Promise<void>;
}

/** Every page that the edge itself has. */
export class AllPages {
  constructor(private readonly sets: readonly PageSet[]) {}

  async register(fastify: FastifyInstance): Promise<void> {
    for (const set of this.sets) await set.register(fastify);
  }
}
