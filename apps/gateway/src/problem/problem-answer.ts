import { kernelProblems } from '@millrace/contracts';
import { Problem, type ProblemKind } from '@millrace/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';

export const PROBLEM_TYPE = 'application/problem+json';

/** What the HTTP server itself refuses, by its code. */
const refusals: Readonly<Record<string, ProblemKind>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: kernelProblems.tooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: kernelProblems.unsupportedMediaType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: kernelProblems.malformedJson,
  FST_ERR_BAD_URL: kernelProblems.notFound,
  FST_ERR_MAX_PARAM_LENGTH: kernelProblems.notFound,
};

/** The problem that an error stands for; every error that nobody declared is `kernel.internal`. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { code, statusCode } = (error ?? {}) as { code?: string; statusCode?: number };
  const kind = code === undefined ? undefined : refusals[code];
  if (kind) return new Problem(kind);
  if (statusCode === 413 || statusCode === 414) return new Problem(kernelProblems.tooLarge);
  return new Problem(kernelProblems.internal, { cause: error });
}

/** Answers with a problem, as RFC 9457 asks. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { retryAfterSeconds } = problem.details;
  request.failure = problem;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds))));
  return reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problem.toDocument(request.id)));
}
