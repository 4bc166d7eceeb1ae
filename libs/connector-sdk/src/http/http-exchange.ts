import http, { type IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { ConnectorError } from '../connector-error.js';
import { type ConnectionRequest, type DialingAgent, hostOf } from './http-wire.js';

const gunzip = promisify(zlib.gunzip);

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ExchangeLimits {
  /** Longest time from sending to the last byte of the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Most bytes of an answer's body, before and after decompression. */
  readonly maxBytes: number;
}

/**
 * One request and its whole answer, of whatever status. An answer that ends before its announced length is refused.
 * @throws ConnectorError `unreachable`, `connection-lost`, `answer-too-large`, or the signal's reason
 */
export async function exchange(
  agent: DialingAgent,
  request: HttpRequest,
  limits: ExchangeLimits,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  try {
    const message = await send(agent, request, AbortSignal.any([signal, timeout]));
    const raw = await wholeBody(message, limits.maxBytes);
    const body = message.headers['content-encoding'] === 'gzip' ? await unzipped(raw, limits.maxBytes) : raw;
    return { status: message.statusCode!, headers: message.headers, body };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw new ConnectorError('unreachable');
    // The egress guard's own refusal is meant for the person and passes as it is.
    if (error instanceof ConnectorError || (error instanceof Error && error.name === 'Problem')) throw error;
    throw new ConnectorError('connection-lost');
  }
}

function send(agent: DialingAgent, request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, url, body } = request;
  const secure = url.protocol === 'https:';
  const headers = {
    ...request.headers,
    host: url.host,
    'accept-encoding': 'gzip',
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  };
  const [host, port] = splitHost(url);
  const options = { agent, method, host, port, path: url.pathname + url.search, headers, signal, secure };
  return new Promise((resolve, reject) => {
    const outgoing = http.request(options as ConnectionRequest, resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function splitHost(url: URL): [host: string, port: number] {
  const text = hostOf(url);
  const colon = text.lastIndexOf(':');
  return [text.slice(0, colon), Number(text.slice(colon + 1))];
}

async function wholeBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new ConnectorError('answer-too-large');
    chunks.push(chunk);
  }
  // Node also raises an error for a body that is cut off; this says so even if the peer closed in an orderly way.
  if (!message.complete) throw new ConnectorError('connection-lost');
  return Buffer.concat(chunks);
}

async function unzipped(raw: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await gunzip(raw, { maxOutputLength: maxBytes });
  } catch (error) {
    const tooLarge = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    throw new ConnectorError(tooLarge ? 'answer-too-large' : 'malformed-answer');
  }
}
