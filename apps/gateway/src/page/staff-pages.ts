import { beginStaffSignIn, finishStaffSignIn, staffCallbackPath } from '@millrace/contracts';
import { type Problem } from '@millrace/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpOperation } from '../operation/http-operation.js';
import { moduleOf } from '../operation/module-of-operation.js';
import { type OperationRoutes } from '../operation/operation-routes.js';
import { problemOf } from '../problem/problem-answer.js';
import { formBodies } from './form-bodies.js';
import { type Html, markup, page } from './html.js';
import { problemBox } from './problem-box.js';

const HTML = 'text/html; charset=utf-8';
const PATH = '/staff/sign-in';
const TITLE = 'Staff sign-in';
const begin = beginStaffSignIn as HttpOperation;
const finish = finishStaffSignIn as HttpOperation;

/** Where the operator's staff sign in: a button that leads to their identity provider, and the page that they come back to. */
export class StaffPages {
  constructor(private readonly operations: OperationRoutes) {}

  async register(fastify: FastifyInstance): Promise<void> {
    const config = { route: PATH, module: moduleOf(begin) };
    await fastify.register(async (scope) => {
      formBodies(scope);
      scope.get<{ Querystring: Form }>(PATH, { config: { ...config, name: 'gateway.page' } }, ({ query }, reply) =>
        reply.type(HTML).send(page(TITLE, form(query['invitation'] ?? ''))),
      );
      scope.post<{ Body: Form | undefined }>(
        PATH,
        { config: { ...config, name: begin.name }, onRequest: this.operations.guardForm(begin) },
        (request, reply) => this.begin(request, reply),
      );
    });
    fastify.get(
      staffCallbackPath,
      {
        config: { name: finish.name, route: staffCallbackPath, module: moduleOf(finish) },
        exposeHeadRoute: false,
        onRequest: this.operations.guardForm(finish),
      },
      (request, reply) => this.finish(request, reply),
    );
  }

  /** The way on is a link of this page and not a redirect: a form of ours leads nowhere else (`form-action`). */
  private begin(request: FastifyRequest<{ Body: Form | undefined }>, reply: FastifyReply): Promise<FastifyReply> {
    const { invitation = '' } = request.body ?? {};
    return this.answer(request, reply, async () => {
      const input = invitation === '' ? {} : { invitation };
      const { url } = await this.operations.perform(begin, input, request, reply);
      const way = markup`<h1>${TITLE}</h1><p><a href="${String(url)}">Go to your identity provider</a></p>`;
      return page(TITLE, way, String(url));
    });
  }

  private finish(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return this.answer(request, reply, async () => {
      const answer = request.url.slice(request.url.indexOf('?') + 1);
      const { name, roles } = await this.operations.perform(finish, { answer }, request, reply);
      const who = typeof name === 'string' ? markup` as <strong>${name}</strong>` : markup``;
      return page(
        TITLE,
        markup`<h1>You are signed in</h1><p>You are signed in${who}: ${(roles as string[]).join(', ')}.</p>`,
      );
    });
  }

  private async answer(request: FastifyRequest, reply: FastifyReply, work: () => Promise<string>) {
    reply.type(HTML).header('cache-control', 'no-store');
    try {
      return await reply.send(await work());
    } catch (error) {
      const problem = problemOf(error);
      request.failure = problem;
      const isDeclared = [...begin.errors, ...finish.errors].some(({ code }) => code === problem.code);
      if (!isDeclared) throw error;
      return reply.code(problem.status).send(page(TITLE, refused(problem)));
    }
  }
}

type Form = Readonly<Record<string, string>>;

function form(invitation: string): Html {
  return markup`<h1>${TITLE}</h1>
    <p>For the people who run this service. Everybody else signs in with their own account.</p>
    <form method="post">
      <input type="hidden" name="invitation" value="${invitation}" />
      <p><button type="submit">Sign in with the identity provider</button></p>
    </form>`;
}

function refused(problem: Problem): Html {
  return markup`<h1>${TITLE}</h1>
    ${problemBox(problem)}
    <p><a href="${PATH}">Begin again</a></p>`;
}
