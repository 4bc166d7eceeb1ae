import type { FastifyInstance } from 'fastify';

const FORM = 'application/x-www-form-urlencoded';
/** A token and a password; both have limits of their own. */
const MAX_FORM_BYTES = 8_192;

/** Lets the routes of a scope take what plain forms post, and nothing else. */
export function formBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );
}
