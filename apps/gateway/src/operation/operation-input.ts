import { classificationOf, kernelProblems } from '@millrace/contracts';
import { type Fault, Problem } from '@millrace/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type HttpOperation, pathFieldsOf } from './http-operation.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The input of an operation as a request gives it: fields of the path, then those of the JSON body, or of the query where
 * there is no body to send. Nothing that was sent is dropped silently: what has no place is reported.
 * @throws Problem `kernel.invalid-input` naming what is misplaced; the operation's own schema judges the rest
 */
export function inputOf(operation: HttpOperation, request: FastifyRequest): Record<string, unknown> {
  const path = request.params as Fields;
  const query = request.query as Fields;
  const body = bodyOf(request);
  const rest = body ?? (takesQuery(request.method) ? query : {});
  const faults = [
    ...Object.keys(rest)
      .filter((key) => pathFieldsOf(operation).includes(key))
      .map((key) => fault(key, 'is given by the address; leave it out')),
    ...(rest === query
      ? []
      : Object.keys(query).map((key) => fault(key, 'is not read from the address; send it in the body'))),
    ...(rest === query ? secretsAmong(operation, query) : []),
    ...(['device', 'browser'] as const)
      .filter((field) => operation.http[field] && field in rest)
      .map((field) => fault(field, 'is taken from your browser; leave it out')),
  ];
  if (faults.length)
    throw new Problem(kernelProblems.invalidInput, { detail: 'Some fields are in the wrong place.', errors: faults });
  return { ...rest, ...path };
}

function bodyOf({ body }: FastifyRequest): Fields | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields;
  throw new Problem(kernelProblems.invalidInput, { errors: [{ path: '', message: 'must be a JSON object' }] });
}

const takesQuery = (method: string) => method === 'GET' || method === 'HEAD' || method === 'DELETE';

/** Addresses end up in logs of proxies and in histories of browsers, where no secret belongs. */
function secretsAmong({ input }: HttpOperation, query: Fields): Fault[] {
  const shape = input instanceof z.ZodObject ? (input.shape as Record<string, z.ZodType>) : {};
  const isSecret = (key: string) => shape[key] && classificationOf(shape[key])?.classification === 'secret';
  return Object.keys(query)
    .filter(isSecret)
    .map((key) => fault(key, 'must be sent in the body, never in the address'));
}

function fault(key: string, message: string): Fault {
  return { path: `/${key.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`, message };
}
