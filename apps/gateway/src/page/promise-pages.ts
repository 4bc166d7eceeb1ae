import { humanDate, legalDayOf } from '@millrace/charter';
import { type Output, readBoard } from '@millrace/contracts';
import { portalLink, type Runtime } from '@millrace/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpOperation } from '../operation/http-operation.js';
import { type OperationRoutes } from '../operation/operation-routes.js';
import { problemOf } from '../problem/problem-answer.js';
import { type Html, markup, page } from './html.js';
import { problemBox } from './problem-box.js';
import { legalPages } from './public-pages.js';

const HTML = 'text/html; charset=utf-8';
const read = readBoard as HttpOperation;

type Board = Output<typeof readBoard>;
type Shown = Board['promises'][number];

/** What each state means to a reader, in the order in which they are shown: what is wrong comes first. */
const states = [
  { state: 'broken', heading: 'Broken', means: 'The running system says that this does not hold at the moment.' },
  { state: 'stale', heading: 'Held when last looked at', means: 'The evidence is older than we let it become.' },
  { state: 'kept', heading: 'Kept', means: 'The running system was asked, and this is what it answered.' },
  { state: 'unproven', heading: 'Not shown yet', means: 'We promise it; nothing shows it to you so far.' },
] as const;

/** What the operator promises, with what the running region says about it: for people, and where to look for machines. */
export class PromisePages {
  constructor(
    private readonly runtime: Runtime,
    private readonly operations: OperationRoutes,
  ) {}

  register(fastify: FastifyInstance): void {
    fastify.get(
      '/promises',
      { config: { name: read.name, route: '/promises' }, onRequest: this.operations.guardReader(read) },
      (request, reply) => this.board(request, reply),
    );
    const path = '/.well-known/privacy-charter.json';
    fastify.get(path, { config: { name: 'gateway.page', route: path } }, (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(this.directions()),
    );
  }

  private async board(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    reply.type(HTML);
    try {
      const board = (await this.operations.perform(read, {}, request, reply)) as unknown as Board;
      return await reply.send(this.shown(board));
    } catch (error) {
      const problem = problemOf(error);
      request.failure = problem;
      const title = 'What we promise';
      return reply.code(problem.status).send(page(title, markup`<h1>${title}</h1>${problemBox(problem)}`));
    }
  }

  private shown({ counts, promises }: Board): string {
    const { charter } = this.runtime;
    const { zone } = charter.document.controller;
    const title = `What ${charter.document.title} promises`;
    const day = (at: string) => humanDate(legalDayOf(new Date(at), zone));
    return page(
      title,
      markup`<h1>${title}</h1>
        <p>
          Each sentence of the <a href="/privacy">privacy policy</a> that software can keep stands here with what the running
          system says about it. Of ${promises.length} promises ${counts.kept} are shown to be kept,
          ${counts.broken} are broken, ${counts.stale} were not looked at lately, and ${counts.unproven} are not shown by
          anything yet.
        </p>
        ${states.map(({ state, heading, means }) =>
          group(
            heading,
            means,
            promises.filter((one) => one.state === state),
            day,
          ),
        )}
        <footer>
          The same <a href="/api/v1/promises">for machines</a>, with the evidence. Version ${charter.version}. SHA-256 of the
          charter: <code>${charter.digest}</code>
        </footer>`,
    );
  }

  /** Where a machine finds what this operator promises about privacy, and how a person exercises their rights. */
  private directions() {
    const { charter, config } = this.runtime;
    const { controller, documents, rights, selfServe, title } = charter.document;
    const link = (path: string) => new URL(path, portalLink(config)).href;
    return {
      charter: charter.name,
      version: charter.version,
      digest: `sha256:${charter.digest}`,
      region: config.region,
      controller: { title, name: controller.name, country: controller.country, contact: controller.contacts.privacy },
      documents: documents.flatMap(({ id, title: named, path }) =>
        path && legalPages[path] ? [{ id, title: named, url: link(path) }] : [],
      ),
      rights: {
        laws: Object.keys(rights.regimes),
        selfServe: selfServe.map(({ right, method, path, place }) => ({ right, method, url: link(path), place })),
      },
      promises: { page: link('/promises'), board: link('/api/v1/promises') },
      ledger: { checkpoint: link('/api/v1/ledger/checkpoint'), key: link('/api/v1/ledger/key') },
    };
  }
}

function group(heading: string, means: string, promises: readonly Shown[], day: (at: string) => string): Html {
  if (promises.length === 0) return markup``;
  return markup`<section>
    <h2>${heading}: ${promises.length}</h2>
    <p>${means}</p>
    <dl>
      ${promises.map(
        ({ id, text, reason, evidenceAt }) =>
          markup`<dt id="${id}"><a href="#${id}">${id}</a> ${text}</dt>
            <dd>${reason}${evidenceAt ? markup` <small>Asked on ${day(evidenceAt)}.</small>` : markup``}</dd>`,
      )}
    </dl>
  </section>`;
}
