import type { RegionConfig } from '@millrace/service';

/** Where people reach the region: the first origin that its configuration names, else the address it listens on. */
export function portalLink({ http }: Pick<RegionConfig, 'http'>): string {
  const { origins, host, port, secureCookies } = http;
  return new URL('/', origins[0] ?? `${secureCookies ? 'https' : 'http'}://${host}:${port}`).href;
}
