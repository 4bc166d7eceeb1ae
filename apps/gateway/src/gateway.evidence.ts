import { pageHtml } from '@millrace/charter';
import type { EvidenceReader } from '@millrace/service';
import { askOneself } from './edge/own-address.js';
import { legalPages } from './page/public-pages.js';

/** Pages that a first visit may be to. */
const PUBLIC_PAGES = ['/', '/privacy', '/promises', '/api/docs'] as const;

/** The headers that Helmet sets and browsers act on. */
const SECURITY_HEADERS = [
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'origin-agent-cluster',
  'permissions-policy',
  'referrer-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-dns-prefetch-control',
  'x-download-options',
  'x-frame-options',
  'x-permitted-cross-domain-policies',
] as const;

/** What a content security policy may admit: this host, nothing, data inside the page, or a script by its hash. */
const OWN_SOURCE = /^('self'|'none'|data:|'sha(256|384|512)-[A-Za-z0-9+/=]+')$/;
/** Browser features that trackers and fingerprints rest on. */
const REFUSED_FEATURES = ['camera', 'microphone', 'geolocation', 'browsing-topics', 'interest-cohort'] as const;

/** The sources that a policy admits beside this host, as `directive source`. */
function strangersIn(policy: string): string[] {
  return policy.split(';').flatMap((directive) => {
    const [name = '', ...sources] = directive.trim().split(/\s+/);
    return sources.filter((source) => !OWN_SOURCE.test(source)).map((source) => `${name} ${source}`);
  });
}

const cookieName = (line: string) => line.split('=', 1)[0]!;

/** Answers of the gateway to the promise probes. They come from its own answers over HTTP, not from what the code means to send. */
export const evidence: Record<string, EvidenceReader> = {
  /** Every cookie name that ever left the edge, against the registry of the charter. */
  cookies: async ({ tx, runtime }) => {
    const rows = await tx.query<{ name: string }>('select name from cookie_seen order by name');
    const seen = rows.map((row) => row.name);
    const registered = Object.keys(runtime.charter.document.cookies).sort();
    return {
      seen,
      registered,
      unregistered: seen.filter((name) => !registered.includes(name)),
      unseen: registered.filter((name) => !seen.includes(name)),
    };
  },
  /** What a visitor without cookies is given on the public pages. */
  'first-visit': async ({ runtime }) => {
    const pages = await Promise.all(
      PUBLIC_PAGES.map(async (path) => {
        const { status, headers } = await askOneself(runtime, 'GET', path);
        return { path, status, cookies: (headers['set-cookie'] ?? []).map(cookieName) };
      }),
    );
    return { pages, cookies: [...new Set(pages.flatMap((page) => page.cookies))] };
  },
  /** The security headers of a page, of a refusal and of a path that does not exist. */
  'security-headers': async ({ runtime }) => {
    const answers = await Promise.all(
      ['/', '/api/v1/auth/me', '/no-such-page'].map(async (path) => {
        const { status, headers } = await askOneself(runtime, 'GET', path);
        const shown = SECURITY_HEADERS.flatMap((name) =>
          headers[name] === undefined ? [] : [[name, String(headers[name])] as const],
        );
        return {
          path,
          status,
          headers: Object.fromEntries(shown),
          missing: SECURITY_HEADERS.filter((name) => headers[name] === undefined),
          revealing: ['server', 'x-powered-by'].filter((name) => headers[name] !== undefined),
        };
      }),
    );
    return { answers, missing: [...new Set(answers.flatMap((one) => one.missing))] };
  },
  /** What live policies let a page load from others, and which features they leave to it. */
  'own-host-only': async ({ runtime }) => {
    const pages = await Promise.all(
      PUBLIC_PAGES.map(async (path) => {
        const { status, headers } = await askOneself(runtime, 'GET', path);
        const policy = String(headers['content-security-policy'] ?? '');
        const permissions = String(headers['permissions-policy'] ?? '');
        return {
          path,
          status,
          isBounded: policy.includes('default-src '),
          strangers: strangersIn(policy),
          features: REFUSED_FEATURES.filter((name) => !permissions.includes(`${name}=()`)),
        };
      }),
    );
    return { pages };
  },
  /** Whether pages that the charter fills say, as they are sent, what it makes of them now. */
  published: async ({ runtime, parameters }) => {
    const { charter } = runtime;
    const wanted = charter.document.documents.filter(({ id }) => (parameters['pages'] as string[]).includes(id));
    const pages = await Promise.all(
      wanted.map(async ({ id, path }) => {
        const render = path === undefined ? undefined : legalPages[path];
        if (!path || !render) return { id, status: 0, isRendered: false };
        const { status, body } = await askOneself(runtime, 'GET', path);
        return { id, status, isRendered: body.includes(pageHtml(render(charter))) && body.includes(charter.digest) };
      }),
    );
    return { pages };
  },
  /** The rights that the charter lets people exercise alone: each endpoint must exist and ask for a sign-in. */
  'self-serve': async ({ runtime }) => {
    const listed = runtime.charter.document.selfServe.map(({ id, method, path }) => ({ id, method, path }));
    const asked = [{ id: 'read', method: 'GET', path: '/api/v1/auth/me' } as const, ...listed];
    const endpoints = await Promise.all(
      asked.map(async ({ id, method, path }) => ({
        id,
        method,
        path,
        status: (await askOneself(runtime, method, path)).status,
      })),
    );
    return { endpoints, open: endpoints.filter((one) => one.status !== 401).map((one) => `${one.method} ${one.path}`) };
  },
};
