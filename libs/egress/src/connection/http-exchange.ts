import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { Problem } from '@millrace/kernel';
import { EGRESS_PROBLEMS } from '../problems.js';
import type { Deadline } from './deadline.js';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpRequest {
  readonly url: URL;
  readonly method: HttpMethod;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated header, its values joined by a comma, but of `set-cookie` none. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Most bytes of an answer's headers, Node.js's own default, stated so that no start option can raise it. */
const MAX_HEADER_BYTES = 16_384;
/** Headers that frame or route a message; a caller who sets them could make two servers read two messages. */
const OWN_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
]);

/** One HTTP/1.1 exchange over a connected socket, which is destroyed at the end. Compression is not asked for. */
export async function exchange(
  socket: Socket,
  request: HttpRequest,
  maxAnswerBytes: number,
  deadline: Deadline,
): Promise<HttpAnswer> {
  try {
    return await deadline.race(answerTo(socket, request, maxAnswerBytes));
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

function answerTo(socket: Socket, request: HttpRequest, maxAnswerBytes: number): Promise<HttpAnswer> {
  const { method, url, body } = request;
  if (!METHODS.includes(method)) throw new TypeError('Not a method of this client');
  return new Promise((resolve, reject) => {
    // With a socket of our own and no agent there is neither pooling nor a proxy from the environment.
    const message = httpRequest({
      createConnection: () => socket,
      method,
      path: `${url.pathname}${url.search}`,
      setHost: false,
      insecureHTTPParser: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      headers: { ...allowed(request.headers), host: url.host, 'accept-encoding': 'identity', connection: 'close' },
    });
    message.on('error', () => reject(new Problem(EGRESS_PROBLEMS['egress.bad-answer'])));
    // An upgrade that nobody asked for ends the request without an error.
    message.once('upgrade', () => reject(new Problem(EGRESS_PROBLEMS['egress.bad-answer'])));
    message.once('response', (response) => read(response, maxAnswerBytes).then(resolve, reject));
    message.end(body);
  });
}

async function read(response: IncomingMessage, maxAnswerBytes: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxAnswerBytes) throw new Problem(EGRESS_PROBLEMS['egress.answer-too-large']);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof Problem ? error : new Problem(EGRESS_PROBLEMS['egress.bad-answer']);
  }
  return { status: response.statusCode!, headers: singleValued(response), body: Buffer.concat(chunks) };
}

function allowed(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));
}

function singleValued(response: IncomingMessage): Record<string, string> {
  const entries = Object.entries(response.headers);
  return Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
}
