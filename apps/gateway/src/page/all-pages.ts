import type { FastifyInstance } from 'fastify';
import { type CallbackPages } from './callback-pages.js';
import { type LinkPages } from './link-pages.js';
import { type ProviderPages } from './provider-pages.js';
import { type PublicPages } from './public-pages.js';
import { type StaffPages } from './staff-pages.js';

/** Every page that the edge itself has. */
export class AllPages {
  constructor(
    private readonly open: PublicPages,
    private readonly links: LinkPages,
    private readonly callbacks: CallbackPages,
    private readonly staff: StaffPages,
    private readonly providers: ProviderPages,
  ) {}

  async register(fastify: FastifyInstance): Promise<void> {
    this.open.register(fastify);
    await this.links.register(fastify);
    this.callbacks.register(fastify);
    await this.staff.register(fastify);
    await this.providers.register(fastify);
  }
}
