import { createRequire } from 'node:module';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import { type Runtime } from '@millrace/service';
import type { FastifyInstance } from 'fastify';
import { CSRF_COOKIE, CSRF_HEADER } from '../session/session-cookies.js';
import { openApi } from './open-api.js';

const PREFIX = '/api/docs/';
const DOCUMENT = '/api/openapi.json';
/** The files of Swagger UI that the page needs; its own page, which shows a demo from elsewhere, is not among them. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title>
<link rel="stylesheet" href="${PREFIX}swagger-ui.css">
<link rel="icon" type="image/png" href="${PREFIX}favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<noscript>This page needs its own scripts. The description itself is at <a href="${DOCUMENT}">${DOCUMENT}</a>.</noscript>
<script src="${PREFIX}swagger-ui-bundle.js"></script>
<script src="${PREFIX}start.js"></script>
</body>
</html>
`;

/** Starts Swagger UI with our document, without its outside validator, and with the proof that a request is not cross-site. */
const START = `SwaggerUIBundle({
  url: '${DOCUMENT}',
  dom_id: '#docs',
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  deepLinking: true,
  requestInterceptor: (request) => {
    const token = document.cookie.split('; ').find((pair) => pair.startsWith('${CSRF_COOKIE}='));
    if (token) request.headers['${CSRF_HEADER}'] = token.slice('${CSRF_COOKIE}='.length);
    return request;
  },
});
`;

/** The description of the API for machines, and for people to browse, all of it from this host. */
export class ApiDocs {
  private made: { readonly digest: string; readonly text: string } | undefined;

  constructor(private readonly runtime: Runtime) {}

  async register(fastify: FastifyInstance): Promise<void> {
    const config = { name: 'gateway.docs' };
    fastify.get(DOCUMENT, { config: { name: 'gateway.open-api', route: DOCUMENT } }, (_request, reply) =>
      reply.type('application/json; charset=utf-8').send(this.document()),
    );
    fastify.get('/api/docs', { config: { ...config, route: '/api/docs' } }, (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(PAGE),
    );
    fastify.get(`${PREFIX}start.js`, { config: { ...config, route: `${PREFIX}start.js` } }, (_request, reply) =>
      reply.type('text/javascript; charset=utf-8').send(START),
    );
    const root = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
    await fastify.register(fastifyStatic, { root, serve: false });
    for (const file of FILES) {
      fastify.get(PREFIX + file, { config: { ...config, route: PREFIX + file } }, (_request, reply) =>
        reply.sendFile(file, { maxAge: 3_600_000 }),
      );
    }
  }

  /** Made once per version of the charter, which decides what is in it. */
  private document(): string {
    const { charter } = this.runtime;
    if (this.made?.digest !== charter.digest) {
      this.made = { digest: charter.digest, text: JSON.stringify(openApi(charter)) };
    }
    return this.made.text;
  }
}
