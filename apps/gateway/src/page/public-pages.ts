import { type Charter, cookiePage, type Page, pageHtml, policyPage, subProcessorPage } from '@millrace/charter';
import { kernelProblems, problemKinds } from '@millrace/contracts';
import { Problem, type ProblemKind } from '@millrace/kernel';
import { type Runtime } from '@millrace/service';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Html, markup, page, STYLE } from './html.js';

const HTML = 'text/html; charset=utf-8';
/** Seconds that style sheets and problem pages may be kept: they change with a release only. */
export const CACHE_FILES = 'public, max-age=3600';

/** Pages that the charter itself fills. Terms and the like are the operator's own words and are not among them. */
export const legalPages: Readonly<Record<string, (charter: Charter) => Page>> = {
  '/privacy': policyPage,
  '/cookies': cookiePage,
  '/sub-processors': subProcessorPage,
};

/** The few pages that the edge itself has. None sets a cookie or runs a script. */
export class PublicPages {
  constructor(private readonly runtime: Runtime) {}

  register(fastify: FastifyInstance): void {
    const config = { name: 'gateway.page' };
    fastify.get('/', { config: { ...config, route: '/' } }, (_request, reply) => reply.type(HTML).send(this.welcome()));
    for (const [path, render] of Object.entries(legalPages)) {
      fastify.get(path, { config: { ...config, route: path } }, (_request, reply) =>
        reply.type(HTML).send(this.legal(render)),
      );
    }
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
    const { charter } = this.runtime;
    const { document } = charter;
    const does = charter.isOn('sync')
      ? 'This is Millrace: it moves your records between the systems you connect, keeps none of them, and proves it.'
      : 'This is Millrace: it keeps what its privacy policy promises, and proves it.';
    return page(
      document.controller.name,
      markup`<h1>${document.controller.name}</h1>
        <p>${does}</p>
        <ul>
          <li><a href="/api/docs">The API</a>, and <a href="/api/openapi.json">its description</a> for machines</li>
          <li>
            <a href="/privacy">Privacy policy</a>, <a href="/cookies">cookies</a>,
            <a href="/sub-processors">sub-processors</a>
          </li>
          <li><a href="/promises">What we promise</a>, with the evidence</li>
          <li><a href="/api/v1/ledger/checkpoint">The ledger’s checkpoint</a></li>
        </ul>`,
    );
  }

  /** What the charter in force says, made from the same settings that the services read. */
  private legal(render: (charter: Charter) => Page): string {
    const { charter } = this.runtime;
    const shown = render(charter);
    const footer = markup`<footer>Version ${charter.version}. SHA-256 of the charter behind it: <code>${charter.digest}</code></footer>`;
    return page(shown.title, markup`${new Html(pageHtml(shown))}${footer}`);
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
