import http from 'node:http';
import net, { type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { Dial } from '../connector.js';
import { ConnectorError } from '../connector-error.js';

/** Connections kept open to one host; pages come one after another, so more would stand idle. */
const MAX_SOCKETS = 2;
/** Longest time for dialling and the TLS handshake together, in milliseconds. */
const CONNECT_TIMEOUT_MS = 15_000;

export interface WireOptions {
  readonly dial: Dial;
  /** Hosts, with ports, that may be dialled: `api.example.com:443`. Anything else is refused before it is dialled. */
  readonly hosts: ReadonlySet<string>;
  /** Certificate authorities in PEM, besides the public ones. */
  readonly ca?: string;
}

/** Where an address leads, in the form of {@link WireOptions.hosts}. */
export function hostOf(url: URL): string {
  return `${plainName(url)}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

/**
 * An agent of Node's HTTP client whose connections all go through the session's dialler, so through the egress guard,
 * with TLS on top where the address says so.
 */
export class DialingAgent extends http.Agent {
  private readonly opening = new AbortController();

  constructor(private readonly options: WireOptions) {
    super({ keepAlive: true, maxSockets: MAX_SOCKETS });
  }

  /** The agent knows hosts and ports; whether TLS is spoken stands in the request's `secure`. */
  override createConnection(request: http.ClientRequestArgs, ready?: ConnectionCallback): undefined {
    this.connect(request as ConnectionRequest).then(
      (socket) => ready!(null, socket),
      (error: Error) => ready!(error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  override getName(options: Parameters<http.Agent['getName']>[0] = {}): string {
    const request = options as Partial<ConnectionRequest>;
    return `${request.secure ? 'https' : 'http'}:${request.host}:${request.port}`;
  }

  override destroy(): void {
    this.opening.abort(new ConnectorError('connection-lost'));
    super.destroy();
  }

  private async connect({ host, port, secure }: ConnectionRequest): Promise<Socket> {
    const signal = AbortSignal.any([this.opening.signal, AbortSignal.timeout(CONNECT_TIMEOUT_MS)]);
    const socket = await this.options.dial({ host, port: Number(port) }, signal);
    return secure ? upgrade(socket, host, this.options.ca, signal) : socket;
  }
}

type ConnectionCallback = (error: Error | null, socket: Duplex) => void;

export interface ConnectionRequest extends http.ClientRequestArgs {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** Whether an address may be spoken to without TLS: only one written as numbers of a private network or of this machine. */
export function mayBePlain(url: URL): boolean {
  const name = plainName(url);
  const family = net.isIP(name);
  return family > 0 && PRIVATE.check(name, family === 4 ? 'ipv4' : 'ipv6');
}

/** Networks that RFC 1918, RFC 4193 and RFC 1122 keep out of the Internet. The egress guard decides which of them it opens. */
const PRIVATE = new net.BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['127.0.0.0', 8],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');
PRIVATE.addAddress('::1', 'ipv6');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

/** The host without the brackets of an IPv6 address. */
function plainName(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function upgrade(socket: Socket, host: string, ca: string | undefined, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({
      socket,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      ...(net.isIP(host) ? { host } : { servername: host }),
      ...(ca ? { ca: [...tls.rootCertificates, ca] } : {}),
    });
    const give = () => {
      signal.removeEventListener('abort', abort);
      secured.off('error', fail);
      resolve(secured);
    };
    const fail = () => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(new ConnectorError('tls-refused'));
    };
    const abort = () => {
      secured.destroy();
      reject(new ConnectorError('unreachable'));
    };
    secured.once('secureConnect', give).once('error', fail);
    signal.addEventListener('abort', abort, { once: true });
  });
}
