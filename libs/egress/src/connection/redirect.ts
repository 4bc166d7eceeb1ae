import { Problem } from '@millrace/kernel';
import { EGRESS_PROBLEMS } from '../problems.js';
import type { HttpAnswer, HttpRequest } from './http-exchange.js';
import { isSecure, parseUrl } from './url.js';

/** Headers that may follow to another origin. All others could be credentials, whatever they are called. */
const HARMLESS_HEADERS = new Set(['accept', 'accept-language', 'user-agent']);
const TO_GET = new Set([301, 302, 303]);
const KEEPS_METHOD = new Set([307, 308]);

/** Whether the answer points elsewhere. */
export function isRedirect({ status, headers }: HttpAnswer): boolean {
  return (TO_GET.has(status) || KEEPS_METHOD.has(status)) && headers.location !== undefined;
}

/**
 * The request that follows a redirect. To another origin go neither credentials nor a body, and never from https to
 * http: such a redirect is refused with `egress.redirect-refused`.
 */
export function redirected(request: HttpRequest, answer: HttpAnswer): HttpRequest {
  const url = parseUrl(answer.headers.location!, request.url);
  const keepsBody = KEEPS_METHOD.has(answer.status) && request.body !== undefined;
  const sameOrigin = url.origin === request.url.origin;
  const downgrade = isSecure(request.url) && !isSecure(url);
  if (downgrade || (keepsBody && !sameOrigin)) throw new Problem(EGRESS_PROBLEMS['egress.redirect-refused']);
  const headers = sameOrigin ? { ...request.headers } : harmless(request.headers);
  if (KEEPS_METHOD.has(answer.status)) return { ...request, url, headers };
  delete headers['content-type'];
  return { url, headers, method: request.method === 'HEAD' ? 'HEAD' : 'GET', body: undefined };
}

function harmless(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS_HEADERS.has(name)));
}
