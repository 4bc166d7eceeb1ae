import { isIP, type Socket } from 'node:net';
import { connect, type ConnectionOptions, type SecureVersion, type TLSSocket } from 'node:tls';
import { type ConnectLimits, Deadline, DIAL_TIMEOUT_MS } from './deadline.js';
import { established } from './established.js';

/** TLS as the product speaks it: certificates are always checked, and nothing older than TLS 1.2 is spoken. */
export interface TlsOptions {
  /** Name to ask for and to check the certificate against. Default: the host that was dialled. */
  readonly servername?: string;
  /** Certificate authorities (PEM) to trust instead of the system's. */
  readonly ca?: string | readonly string[];
  /** Oldest version to speak. Default `TLSv1.2`; nothing older is accepted. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** Client certificate chain and key (PEM) where the other side asks for one. */
  readonly cert?: string;
  readonly key?: string;
  /** Protocols to offer by ALPN. Default: none. */
  readonly alpn?: readonly string[];
}

const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];

/**
 * Puts TLS on a connected socket, for protocols that begin in plain text (PostgreSQL's SSLRequest, SMTP's STARTTLS).
 * `host` is the host that was dialled. Rejects with `egress.tls-refused` or `egress.timeout` and destroys the socket.
 */
export async function upgradeToTls(
  socket: Socket,
  host: string,
  tls: TlsOptions = {},
  limits: ConnectLimits = {},
): Promise<TLSSocket> {
  using deadline = new Deadline(limits.timeoutMs ?? DIAL_TIMEOUT_MS, limits.signal);
  return await secured(socket, host, tls, deadline);
}

/** {@link upgradeToTls} within a deadline that already runs. */
export async function secured(socket: Socket, host: string, tls: TlsOptions, deadline: Deadline): Promise<TLSSocket> {
  return established(connect({ ...settingsFor(host, tls), socket }), 'secureConnect', deadline);
}

/** What Node.js is told about the handshake with `host`. Throws for a version that is not spoken. */
export function settingsFor(host: string, tls: TlsOptions): ConnectionOptions {
  const minVersion = tls.minVersion ?? 'TLSv1.2';
  if (!VERSIONS.includes(minVersion)) throw new TypeError('TLS older than 1.2 is not spoken');
  const name = tls.servername ?? host;
  return {
    host: name,
    servername: isIP(name) ? undefined : name,
    ca: tls.ca === undefined ? undefined : [tls.ca].flat(),
    cert: tls.cert,
    key: tls.key,
    minVersion,
    // Stated, because NODE_TLS_REJECT_UNAUTHORIZED could otherwise switch the check off.
    rejectUnauthorized: true,
    ALPNProtocols: tls.alpn ? [...tls.alpn] : undefined,
  };
}
