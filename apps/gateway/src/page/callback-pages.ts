import {
  callbackPath,
  type Caller,
  type Connection,
  factsOf,
  finishAuthorization,
  type OAuthProvider,
  oauthProviderNames,
  vaultProblems,
} from '@millrace/contracts';
import { type Problem } from '@millrace/kernel';
import { portalLink, type Runtime } from '@millrace/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpOperation } from '../operation/http-operation.js';
import { moduleOf } from '../operation/module-of-operation.js';
import { type OperationRoutes } from '../operation/operation-routes.js';
import { problemOf } from '../problem/problem-answer.js';
import { markup, page } from './html.js';
import { problemBox } from './problem-box.js';

const HTML = 'text/html; charset=utf-8';
const finish = finishAuthorization as HttpOperation;

/**
 * The pages that providers send people back to. The browser that began the authorization finishes it by arriving: its
 * session and the `state` of the answer belong together, so no other page can bring it here. Where it began in a terminal,
 * the page shows the address to be pasted there.
 */
export class CallbackPages {
  constructor(
    private readonly runtime: Runtime,
    private readonly operations: OperationRoutes,
  ) {}

  register(fastify: FastifyInstance): void {
    for (const provider of oauthProviderNames) {
      const path = callbackPath(provider);
      fastify.get(
        path,
        {
          config: { name: finish.name, route: path, module: moduleOf(finish) },
          exposeHeadRoute: false,
          onRequest: this.operations.guardArrival(finish),
        },
        (request, reply) => this.arrive(provider, request, reply),
      );
    }
  }

  private async arrive(provider: OAuthProvider, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    reply.type(HTML).header('cache-control', 'no-store');
    if (isVisitor(request.caller)) return reply.send(this.elsewhere(provider, request));
    try {
      const answer = request.url.slice(request.url.indexOf('?') + 1);
      const made = await this.operations.perform(finish, { provider, answer }, request, reply);
      return await reply.send(connected(made as unknown as Connection));
    } catch (error) {
      const problem = problemOf(error);
      request.failure = problem;
      if (!finish.errors.some(({ code }) => code === problem.code)) throw error;
      const isUnknown = problem.code === vaultProblems.authorizationUnknown.code;
      return reply
        .code(problem.status)
        .send(isUnknown ? this.elsewhere(provider, request, problem) : refused(provider, problem));
    }
  }

  /** For whoever did not begin here. */
  private elsewhere(provider: OAuthProvider, request: FastifyRequest, problem?: Problem): string {
    const { title } = factsOf(provider);
    const address = new URL(request.url, portalLink(this.runtime.config)).href;
    return page(
      `Connect ${title}`,
      markup`<h1>Connect ${title}</h1>
        ${problem ? problemBox(problem) : markup``}
        <p>If you began in a terminal, copy this address and paste it there. It works once, and for ten minutes.</p>
        <p><input readonly value="${address}" aria-label="Address to paste" autofocus /></p>
        <p>If you began in another browser, finish there: sign in and begin again.</p>`,
    );
  }
}

function isVisitor({ kind }: Caller): boolean {
  return kind === 'public';
}

function connected({ name, account }: Connection): string {
  return page(
    'Connected',
    markup`<h1>Connected</h1>
      <p><strong>${name}</strong> is connected as <strong>${account}</strong>. You can close this page.</p>
      <p>Nobody is shown its tokens. To end it, revoke the connection.</p>`,
  );
}

function refused(provider: OAuthProvider, problem: Problem): string {
  const { title } = factsOf(provider);
  return page(`Connect ${title}`, markup`<h1>${title} is not connected</h1>${problemBox(problem)}`);
}
