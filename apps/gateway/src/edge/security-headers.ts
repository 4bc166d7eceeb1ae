import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** Only this site's own files, and no script or style inside a page. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    // The icons of the documentation's style sheet are data of the sheet itself.
    imgSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    scriptSrc: ["'self'"],
    scriptSrcAttr: ["'none'"],
    styleSrc: ["'self'"],
  },
};

const withoutTls = helmet({ contentSecurityPolicy });
const withTls = helmet({
  contentSecurityPolicy: {
    ...contentSecurityPolicy,
    directives: { ...contentSecurityPolicy.directives, upgradeInsecureRequests: [] },
  },
});

/** What no page of ours uses, none embedded in it may use either. */
const PERMISSIONS =
  'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=(), interest-cohort=()';

/** Puts Helmet's headers on an answer, and that it is not to be stored; a page that may be says so itself. */
export function shield(request: IncomingMessage, response: ServerResponse, isTls: boolean): void {
  (isTls ? withTls : withoutTls)(request, response, () => undefined);
  response.setHeader('permissions-policy', PERMISSIONS);
  response.setHeader('cache-control', 'no-store');
}

/** The same headers as lines, for answers to what is not even HTTP. */
export function shieldLines(): string[] {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  shield(request, response, false);
  return Object.entries(response.getHeaders()).map(([name, value]) => `${name}: ${String(value)}`);
}
