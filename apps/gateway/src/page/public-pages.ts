import { kernelProblems, problemKinds, readCharter } from '@millrace/contracts';
import { Problem, type ProblemKind } from '@millrace/kernel';
import { type Runtime } from '@millrace/service';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { markup, page, STYLE } from './html.js';
import { markdownToHtml } from './markdown.js';

const HTML = 'text/html; charset=utf-8';
/** Seconds that style sheets and problem pages may be kept: they change with a release only. */
export const CACHE_FILES = 'public, max-age=3600';

/** The few pages that the edge itself has. None sets a cookie or runs a script. */
export class PublicPages {
  constructor(private readonly runtime: Runtime) {}

  register(fastify: FastifyInstance): void {
    const config = { name: 'gateway.page' };
    fastify.get('/', { config: { ...config, route: '/' } }, (_request, reply) => reply.type(HTML).send(this.welcome()));
    fastify.get('/privacy', { config: { ...config, route: '/privacy' } }, async (request, reply) =>
      reply.type(HTML).send(await this.privacy(request.id)),
    );
    fastify.get('/style.css', { config: { ...config, route: '/style.css' } }, (_request, reply) =>
      reply.type('text/css; charset=utf-8').header('cache-control', CACHE_FILES).send(STYLE),
    );
    fastify.get('/healthz', { config: { name: 'gateway.health', route: '/healthz' } }, () => ({ status: 'alive' }));
    fastify.get<{ Params: { code: string } }>(
      '/problems/:code',
      { config: { name: 'gateway.problem', route: '/problems/{code}' } },
      (request, reply) => problemPage(request.params.code, request.headers.accept, reply),
    );
  }

  private welcome(): string {
    const { document } = this.runtime.charter;
    return page(
      document.controller.name,
      markup`<h1>${document.controller.name}</h1>
        <p>
          This is Millrace: it moves your records between the systems you connect, keeps none of them, and proves it.
        </p>
        <ul>
          <li><a href="/api/docs">The API</a>, and <a href="/api/openapi.json">its description</a> for machines</li>
          <li><a href="/privacy">Privacy policy</a></li>
          <li><a href="/api/v1/promises">What we promise</a>, with the evidence</li>
          <li><a href="/api/v1/ledger/checkpoint">The ledger’s checkpoint</a></li>
        </ul>`,
    );
  }

  private async privacy(requestId: string): Promise<string> {
    const { policy, version, digest } = await this.runtime.client.call(readCharter, {}, { kind: 'public' }, requestId);
    return page(
      'Privacy policy',
      markup`${markdownToHtml(policy)}
        <footer>Version ${version}. SHA-256 of the charter behind it: <code>${digest}</code></footer>`,
    );
  }
}

function problemPage(code: string, accept: string | undefined, reply: FastifyReply): FastifyReply {
  const kind: ProblemKind | undefined = Object.hasOwn(problemKinds, code) ? problemKinds[code] : undefined;
  if (!kind) throw new Problem(kernelProblems.notFound);
  reply.header('cache-control', CACHE_FILES).header('vary', 'accept');
  if (!accept?.includes('text/html')) return reply.send({ type: `/problems/${kind.code}`, ...kind });
  return reply.type(HTML).send(
    page(
      kind.title,
      markup`<h1>${kind.title}</h1>
        <p>${kind.help}</p>
        <table>
          <tbody>
            <tr>
              <th>Code</th>
              <td><code>${kind.code}</code></td>
            </tr>
            <tr>
              <th>HTTP status</th>
              <td>${kind.status}</td>
            </tr>
          </tbody>
        </table>`,
    ),
  );
}
