import type { RegionConfig } from './region-config.js';

/** A page where people reach the region: at the first origin that its configuration names, else the address it listens on. */
export function portalLink(
  { http }: Pick<RegionConfig, 'http'>,
  path = '/',
  query: Readonly<Record<string, string>> = {},
): string {
  const { origins, host, port, secureCookies } = http;
  const link = new URL(path, origins[0] ?? `${secureCookies ? 'https' : 'http'}://${host}:${port}`);
  for (const [name, value] of Object.entries(query)) link.searchParams.set(name, value);
  return link.href;
}
