import { CryptoError } from '../../crypto-error.js';

/** Where a transit engine is. */
export interface TransitPlace {
  /** The server, such as `https://openbao.example.com:8200`. Plain `http` is for an agent on a loopback address only. */
  readonly address: string;
  /** Where the engine is mounted, for instance `transit`. It should hold no keys but Millrace's. */
  readonly mount: string;
  /** The namespace of the mount, for servers that have namespaces. */
  readonly namespace?: string | undefined;
  /** How long one attempt may take, in milliseconds; default 1,500: three attempts fit into a call's five seconds. */
  readonly timeoutMs?: number;
}

/** How the operator's own engine is reached. */
export interface TransitOptions extends TransitPlace {
  /** A private file with the token, read again for every request, so that an agent may renew it. */
  readonly tokenFile: string;
  /** The certificates (PEM) that the server's must chain to; the system's when left out. */
  readonly caFile?: string | undefined;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const MOUNT = /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/;

/** Whether data keys may be sent to this address: over TLS, or to this very machine, and with nothing but an origin in it. */
export function isTransitAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(address);
  if (username || password || pathname !== '/' || search || hash) return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}

/** Whether it is the path of a mount: words of letters, digits, `_` and `-`, between slashes. */
export function isTransitMount(mount: string): boolean {
  return MOUNT.test(mount);
}

/** @throws CryptoError `key-provider-invalid` */
export function assertTransitPlace({ address, mount }: TransitPlace): void {
  if (!isTransitAddress(address)) throw invalid('its address must be https://host[:port]; http is for loopback only');
  if (!isTransitMount(mount)) throw invalid('its mount must be a path of letters, digits, "_" and "-"');
}

export function invalid(what: string, cause?: unknown): CryptoError {
  return new CryptoError('key-provider-invalid', `The transit engine cannot be used: ${what}`, { cause });
}
