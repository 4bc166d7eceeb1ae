import { beginProviderSignIn, finishProviderSignIn, kernelProblems, providerSignInPath } from '@millrace/contracts';
import { type Problem } from '@millrace/kernel';
import { type Runtime } from '@millrace/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpOperation } from '../operation/http-operation.js';
import { moduleOf } from '../operation/module-of-operation.js';
import { type OperationRoutes } from '../operation/operation-routes.js';
import { problemOf } from '../problem/problem-answer.js';
import { formBodies } from './form-bodies.js';
import { type Html, markup, page } from './html.js';
import { ageTick } from './age-tick.js';
import { problemBox } from './problem-box.js';

const HTML = 'text/html; charset=utf-8';
const TITLE = 'Sign in at your organization’s provider';
const begin = beginProviderSignIn as HttpOperation;
const finish = finishProviderSignIn as HttpOperation;

type Form = Readonly<Record<string, string>>;

/** Where people sign in at their organization's own identity provider, and the page that it sends them back to. */
export class ProviderPages {
  constructor(
    private readonly runtime: Runtime,
    private readonly operations: OperationRoutes,
  ) {}

  async register(fastify: FastifyInstance): Promise<void> {
    const config = { route: providerSignInPath, module: moduleOf(begin) };
    await fastify.register(async (scope) => {
      formBodies(scope);
      scope.get<{ Querystring: Form }>(
        providerSignInPath,
        { config: { ...config, name: 'gateway.page' } },
        ({ query }, reply) =>
          reply.type(HTML).send(page(TITLE, this.form(query['other'] === 'yes' ? NO_PROVIDER : markup``))),
      );
      scope.post<{ Body: Form | undefined }>(
        providerSignInPath,
        { config: { ...config, name: begin.name }, onRequest: this.operations.guardForm(begin) },
        (request, reply) => this.begin(request, reply),
      );
    });
    const route = `${providerSignInPath}/{orgId}`;
    fastify.get<{ Params: { orgId: string } }>(
      `${providerSignInPath}/:orgId`,
      {
        config: { name: finish.name, route, module: moduleOf(finish) },
        exposeHeadRoute: false,
        onRequest: this.operations.guardForm(finish),
      },
      (request, reply) => this.finish(request, reply),
    );
  }

  /** The way on is a link of this page and not a redirect: a form of ours leads nowhere else (`form-action`). */
  private begin(request: FastifyRequest<{ Body: Form | undefined }>, reply: FastifyReply): Promise<FastifyReply> {
    const { email = '', ofAge } = request.body ?? {};
    return this.answer(request, reply, async () => {
      const { url } = await this.operations.perform(begin, { email, ofAge: ofAge === 'yes' }, request, reply);
      const way = markup`<h1>${TITLE}</h1><p><a href="${String(url)}">Go on</a></p>`;
      return page(TITLE, way, String(url));
    });
  }

  private finish(request: FastifyRequest<{ Params: { orgId: string } }>, reply: FastifyReply): Promise<FastifyReply> {
    return this.answer(request, reply, async () => {
      const answer = request.url.slice(request.url.indexOf('?') + 1);
      await this.operations.perform(finish, { orgId: request.params.orgId, answer }, request, reply);
      return page(TITLE, markup`<h1>You are signed in</h1><p><a href="/">Go on</a></p>`);
    });
  }

  private async answer(request: FastifyRequest, reply: FastifyReply, work: () => Promise<string>) {
    reply.type(HTML).header('cache-control', 'no-store');
    try {
      return await reply.send(await work());
    } catch (error) {
      const problem = problemOf(error);
      request.failure = problem;
      const isMalformed = problem.code === kernelProblems.invalidInput.code;
      if (!isMalformed && !isDeclared(problem)) throw error;
      const box = isMalformed ? MALFORMED : problemBox(problem);
      return reply.code(problem.status).send(page(TITLE, this.form(box)));
    }
  }

  private form(before: Html): Html {
    return markup`<h1>${TITLE}</h1>
    ${before}
    <form method="post" action="${providerSignInPath}">
      <p><label>Your e-mail address at work<br /><input name="email" type="email" autocomplete="email" required autofocus /></label></p>
      ${ageTick(this.runtime.charter, 'needed once, if an account is opened for you')}
      <p><button type="submit">Sign in</button></p>
    </form>`;
  }
}

const NO_PROVIDER = markup`<p>No identity provider signs in addresses of that domain, or it is away. Sign in with your password, a mailed code or a passkey.</p>`;
const MALFORMED = markup`<div role="alert" class="problem"><strong>Something is missing.</strong> Type your e-mail address.</div>`;

function isDeclared({ code }: Problem): boolean {
  return [...begin.errors, ...finish.errors].some((one) => one.code === code);
}
