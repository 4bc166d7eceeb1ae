import type { FastifyRequest } from 'fastify';

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a method may change something. */
export function isStateChanging(method: string): boolean {
  return !SAFE_METHODS.includes(method);
}

/**
 * Whether a page of another site made a browser send this. Browsers state it in `Sec-Fetch-Site`, which no page can set
 * (Fetch Metadata §2.1); older ones in `Origin`. A request with neither does not come from a page: command lines, servers.
 * @param origins the origins besides our own that people use for this region
 */
export function isCrossSite(request: FastifyRequest, origins: readonly string[]): boolean {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (origin !== undefined && origins.includes(origin)) return false;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
