import type { Operation, Output } from '@millrace/contracts';
import { Problem, type ProblemDocument } from '@millrace/kernel';
import type { z } from 'zod';
import { cliProblems } from '../region/problems.js';
import { readEvents } from './server-sent-events.js';
import type { Session } from './session.js';

const CSRF_COOKIE = 'csrftoken';
const CSRF_HEADER = 'x-csrf-token';
/** Added to an operation's own deadline: the edge answers `kernel.unavailable` before we give up on it. */
const PATIENCE_MS = 5_000;
/** How long until the first event of a live answer may take, in milliseconds. */
const LIVE_START_MS = 15_000;

type Fields = Record<string, unknown>;

/** Calls operations over their routes, as the catalogue declares them: method, path, where each field goes. */
export class ApiClient {
  /** @param token an API token, which speaks instead of the session */
  constructor(
    readonly session: Session,
    private readonly token?: string,
  ) {}

  get url(): string {
    return this.session.url;
  }

  /**
   * Calls an operation and gives its output.
   * @throws Problem what the region answered, or `cli.not-reachable`
   */
  async call<Op extends Operation>(operation: Op, input: z.input<Op['input']>): Promise<Output<Op>> {
    const answer = await this.send(operation, input as Fields, AbortSignal.timeout(operation.deadlineMs + PATIENCE_MS));
    const text = await answer.text();
    if (operation.http?.mediaType) return { text } as Output<Op>;
    return (text ? JSON.parse(text) : {}) as Output<Op>;
  }

  /**
   * Calls an operation whose answer is a file, and gives its bytes as they come: how long that takes has no limit.
   * @throws Problem what the region answered, or `cli.not-reachable`
   */
  async download<Op extends Operation>(
    operation: Op,
    input: z.input<Op['input']>,
  ): Promise<ReadableStream<Uint8Array>> {
    const starting = new AbortController();
    const overdue = setTimeout(() => starting.abort(), operation.deadlineMs + PATIENCE_MS);
    const answer = await this.send(operation, input as Fields, starting.signal).finally(() => clearTimeout(overdue));
    return answer.body!;
  }

  /** Calls an operation whose state is watched; gives a value for each change until it has ended or the line broke. */
  async *watch<Op extends Operation>(operation: Op, input: z.input<Op['input']>): AsyncGenerator<Output<Op>> {
    const starting = new AbortController();
    const overdue = setTimeout(() => starting.abort(), LIVE_START_MS);
    const answer = await this.send(operation, input as Fields, starting.signal).finally(() => clearTimeout(overdue));
    try {
      for await (const data of readEvents(answer.body!)) yield JSON.parse(data) as Output<Op>;
    } finally {
      starting.abort();
    }
  }

  private async send(operation: Operation, input: Fields, signal: AbortSignal): Promise<Response> {
    const { method, route, body } = requestOf(operation, input);
    const answer = await this.fetch(route, { method, body, signal, headers: this.headers(method, body) });
    this.session.take(answer.headers);
    if (answer.ok) return answer;
    throw await problemOf(answer, operation);
  }

  private headers(method: string, body: string | undefined): Record<string, string> {
    const sent: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    if (this.token !== undefined) return { ...sent, authorization: `Bearer ${this.token}` };
    const { header } = this.session;
    const csrf = this.session.cookie(CSRF_COOKIE);
    return {
      ...sent,
      ...(header === undefined ? {} : { cookie: header }),
      ...(csrf !== undefined && method !== 'GET' ? { [CSRF_HEADER]: csrf } : {}),
    };
  }

  private async fetch(route: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(new URL(route, this.url), { ...request, redirect: 'error' });
    } catch (cause) {
      throw new Problem(cliProblems.notReachable, {
        detail: `Nothing answers at ${this.url}. Start the region with \`millrace up\`, or name its address with --url.`,
        cause,
      });
    }
  }
}

/** Where each field of the input goes: into the path where the path names it, else into the body, or the query of a read. */
export function requestOf(
  { name, http }: Operation,
  input: Fields,
): { method: string; route: string; body: string | undefined } {
  if (!http) throw new Error(`${name} has no route`);
  const rest = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = http.path.replaceAll(/\{(\w+)\}/g, (_, field: string) => {
    const value = rest[field];
    delete rest[field];
    return encodeURIComponent(String(value));
  });
  const isEmpty = Object.keys(rest).length === 0;
  if (http.method !== 'GET')
    return { method: http.method, route: path, body: isEmpty ? undefined : JSON.stringify(rest) };
  const query = new URLSearchParams(
    Object.entries(rest).map(([field, value]): [string, string] => [field, String(value)]),
  );
  return { method: 'GET', route: isEmpty ? path : `${path}?${query}`, body: undefined };
}

async function problemOf(answer: Response, { name }: Operation): Promise<Problem> {
  const text = await answer.text().catch(() => '');
  const isProblem = answer.headers.get('content-type')?.includes('application/problem+json');
  if (isProblem) return Problem.fromDocument(JSON.parse(text) as ProblemDocument);
  return new Problem(cliProblems.notReachable, {
    detail: `${answer.url} answered ${name} with status ${answer.status} and is probably no Millrace region.`,
  });
}
