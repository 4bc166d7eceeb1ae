import { Problem } from '@millrace/kernel';
import { EGRESS_PROBLEMS } from '../problems.js';

/** Longest URL that is dialled; common servers refuse request lines above 8 KiB. */
const MAX_URL_LENGTH = 8_192;

/** Reads an http or https URL without credentials; throws `egress.bad-url` otherwise. */
export function parseUrl(written: string | URL, base?: URL): URL {
  const text = String(written);
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text, base?.href);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username || url.password) {
    throw new Problem(EGRESS_PROBLEMS['egress.bad-url']);
  }
  return url;
}

/** The URL's port, or that of its scheme. */
export function portOf(url: URL): number {
  return url.port ? Number(url.port) : isSecure(url) ? 443 : 80;
}

export function isSecure(url: URL): boolean {
  return url.protocol === 'https:';
}
