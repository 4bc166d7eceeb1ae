import Bowser from 'bowser';

/** A longer header is no browser's. */
const MAX_HEADER = 512;
/** The first product of a user agent (RFC 9110 §10.1.5): `curl/8.5.0` is curl. */
const PRODUCT = /^([A-Za-z][A-Za-z0-9._-]{0,39})(?:\/|$)/;

/**
 * What a person recognises a session by, such as "Firefox on Linux" or "curl": families only, no version, so that it
 * identifies nobody. Undefined where the request does not say.
 */
export function deviceOf(userAgent: string | undefined): string | undefined {
  if (!userAgent || userAgent.length > MAX_HEADER) return undefined;
  const { browser, os } = Bowser.parse(userAgent);
  if (browser.name && os.name) return `${browser.name} on ${os.name}`.slice(0, 60);
  return PRODUCT.exec(userAgent)?.[1];
}
