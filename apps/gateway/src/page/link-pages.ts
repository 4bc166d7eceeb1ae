import type { Charter } from '@millrace/charter';
import {
  confirmEmailChange,
  confirmPasswordReset,
  confirmSignInLink,
  confirmSignUp,
  identityProblems,
  kernelProblems,
  linkPaths,
  signUpInvited,
} from '@millrace/contracts';
import { type Problem } from '@millrace/kernel';
import { type Runtime } from '@millrace/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpOperation } from '../operation/http-operation.js';
import { type OperationRoutes } from '../operation/operation-routes.js';
import { problemOf } from '../problem/problem-answer.js';
import { ageTick } from './age-tick.js';
import { formBodies } from './form-bodies.js';
import { type Html, markup, page } from './html.js';

const HTML = 'text/html; charset=utf-8';

interface LinkPage {
  readonly path: string;
  readonly operation: HttpOperation;
  readonly title: string;
  readonly intro: string;
  /** What is typed besides the token of the link. */
  readonly password?: { readonly label: string; readonly autocomplete: 'current-password' | 'new-password' };
  /** Whether it asks for what an account of this region holds, and for the age. */
  readonly account?: true;
  readonly button: string;
  readonly done: string;
}

/** The pages that mailed links open. To read one changes nothing; its button does, by the operation of the same purpose. */
const linkPages: readonly LinkPage[] = [
  {
    path: linkPaths['sign-up'],
    operation: confirmSignUp as HttpOperation,
    title: 'Confirm your e-mail address',
    intro: 'Type the password that you chose when you signed up. Nobody else can confirm your account this way.',
    password: { label: 'Password', autocomplete: 'current-password' },
    button: 'Confirm and sign in',
    done: 'Your address is confirmed and you are signed in.',
  },
  {
    path: linkPaths['sign-in-link'],
    operation: confirmSignInLink as HttpOperation,
    title: 'Sign in',
    intro: 'Press the button to sign in on this device.',
    button: 'Sign in',
    done: 'You are signed in.',
  },
  {
    path: linkPaths['password-reset'],
    operation: confirmPasswordReset as HttpOperation,
    title: 'Choose a new password',
    intro: 'Several unrelated words make a good password. Every session of yours ends when it is changed.',
    password: { label: 'New password', autocomplete: 'new-password' },
    button: 'Set the password',
    done: 'Your password is changed. Sign in with it.',
  },
  {
    path: linkPaths['email-change'],
    operation: confirmEmailChange as HttpOperation,
    title: 'Confirm your new e-mail address',
    intro: 'Press the button to use this address for your account from now on.',
    button: 'Use this address',
    done: 'Your account has the new address.',
  },
  {
    path: linkPaths.invitation,
    operation: signUpInvited as HttpOperation,
    title: 'Join an organization',
    intro:
      'You were invited. Choose a password to create an account with the address of this mail. If you have an account, sign in with it and accept the invitation there.',
    password: { label: 'Password', autocomplete: 'new-password' },
    account: true,
    button: 'Create the account and join',
    done: 'You have an account, belong to the organization and are signed in.',
  },
];

type Form = Readonly<Record<string, string>>;

/** Serves {@link linkPages}: plain forms, without a script. */
export class LinkPages {
  constructor(
    private readonly runtime: Runtime,
    private readonly operations: OperationRoutes,
  ) {}

  async register(fastify: FastifyInstance): Promise<void> {
    await fastify.register(async (scope) => {
      formBodies(scope);
      for (const one of linkPages) this.route(scope, one);
    });
  }

  private route(scope: FastifyInstance, one: LinkPage): void {
    const config = { name: one.operation.name, route: one.path };
    scope.get<{ Querystring: Form }>(one.path, { config: { ...config, name: 'gateway.page' } }, ({ query }, reply) =>
      reply.type(HTML).send(page(one.title, this.form(one, query['token'] ?? ''))),
    );
    scope.post<{ Body: Form | undefined }>(
      one.path,
      { config, onRequest: this.operations.guardForm(one.operation) },
      (request, reply) => this.press(one, request, reply),
    );
  }

  private async press(
    one: LinkPage,
    request: FastifyRequest<{ Body: Form | undefined }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { token = '', password = '', secondFactor, ofAge, ...says } = request.body ?? {};
    const input = {
      token,
      ...(one.password ? { password } : {}),
      ...(secondFactor ? { secondFactor } : {}),
      ...(one.account ? { ofAge: ofAge === 'yes', ...filledIn(says) } : {}),
    };
    try {
      await this.operations.perform(one.operation, input, request, reply);
    } catch (error) {
      const problem = problemOf(error);
      request.failure = problem;
      if (problem.status >= 500) throw error;
      return reply
        .code(problem.status)
        .type(HTML)
        .send(page(one.title, this.form(one, token, { problem, says })));
    }
    return reply
      .code(200)
      .type(HTML)
      .send(page(one.title, markup`<h1>${one.title}</h1><p>${one.done}</p><p><a href="/">Go on</a></p>`));
  }

  /** @param before what came of the last press, with what was typed then */
  private form(
    { title, intro, password, account, button }: LinkPage,
    token: string,
    before?: { readonly problem: Problem; readonly says: Form },
  ): Html {
    const { charter } = this.runtime;
    const problem = before?.problem;
    const field = password
      ? markup`<p><label>${password.label}<br /><input name="password" type="password" autocomplete="${password.autocomplete}" required autofocus /></label></p>`
      : markup``;
    return markup`<h1>${title}</h1>
    <p>${intro}</p>
    ${problem ? refusal(problem) : markup``}
    <form method="post">
      <input type="hidden" name="token" value="${token}" />
      ${account ? accountFields(charter, before?.says ?? {}) : markup``}${field}${account ? ageTick(charter) : markup``}${asksSecondFactor(problem) ? secondFactorField : markup``}
      <p><button type="submit">${button}</button></p>
    </form>`;
  }
}

const labels: Readonly<Record<string, string>> = {
  name: 'Your name',
  company: 'Company',
  jobTitle: 'Job title',
  phone: 'Phone',
  username: 'User name',
};

/** What the charter has an account hold besides the address, with what was typed before. */
function accountFields({ document: { accounts } }: Charter, says: Form): Html {
  const asked = accounts.fields.filter((field) => field in labels);
  const inputs = asked.map((field) => {
    const isRequired = accounts.required.includes(field);
    const attributes = isRequired ? markup`required` : markup``;
    return markup`<p><label>${labels[field]!}${isRequired ? '' : ' (if you like)'}<br /><input name="${field}" value="${says[field] ?? ''}" ${attributes} /></label></p>`;
  });
  return markup`${inputs}`;
}

function filledIn(says: Form): Form {
  return Object.fromEntries(Object.entries(says).filter(([, value]) => value.trim() !== ''));
}

const secondFactorField = markup`<p><label>Code of your authenticator, or a recovery code<br /><input name="secondFactor" autocomplete="one-time-code" required autofocus /></label></p>`;

function asksSecondFactor(problem: Problem | undefined): boolean {
  const { secondFactorNeeded, wrongSecondFactor } = identityProblems;
  return problem?.code === secondFactorNeeded.code || problem?.code === wrongSecondFactor.code;
}

/** What was wrong, in the words of the problem; the one about a session belongs to programs and is put for people. */
function refusal(problem: Problem): Html {
  const isMalformed = problem.code === kernelProblems.invalidInput.code;
  if (problem.code === identityProblems.secondFactorNeeded.code) return markup`<p>${problem.kind.title}.</p>`;
  const title = isMalformed ? 'Something is missing' : problem.kind.title;
  const help = isMalformed ? 'Open the link from the newest mail, and fill in every field.' : problem.kind.help;
  const faults = isMalformed ? [] : (problem.details.errors ?? []);
  return markup`<div role="alert" class="problem"><strong>${title}.</strong> ${faults.map(({ message }) => markup`It ${message}. `)}${help}</div>`;
}
