import { isUtf8 } from 'node:buffer';
import { ConnectorError } from '../connector-error.js';
import type { HttpClient } from '../http/http-client.js';
import { documentRange, elementsOf, findPath } from '../json/path.js';
import { checkDocument, NotJson } from '../json/scan.js';
import type { Page } from './pages.js';
import type { RestStream } from './rest-stream.js';

/** An answer of an API as JSON, refused and asked for again when it is cut off or no JSON. */
export async function fetchJson(client: HttpClient, url: URL, stream: string | undefined, signal: AbortSignal) {
  const headers = { accept: 'application/json' };
  const answer = await client.send({ method: 'GET', url, headers, stream, check: checkJson }, signal);
  return { ...answer, document: documentRange(answer.body) };
}

/** One page of a stream. */
export async function fetchPage(
  client: HttpClient,
  url: URL,
  name: string,
  { recordsAt }: RestStream,
  signal: AbortSignal,
): Promise<Page> {
  const { body, headers, document } = await fetchJson(client, url, name, signal);
  const array = findPath(body, document, recordsAt);
  const records = array && elementsOf(body, array);
  if (!records) throw new ConnectorError('protocol-violation', { stream: name });
  return { url, headers, body, document, records };
}

function checkJson(body: Buffer): void {
  try {
    if (!isUtf8(body)) throw new NotJson();
    checkDocument(body, 0, body.length);
  } catch (error) {
    throw error instanceof NotJson ? new ConnectorError('malformed-answer') : error;
  }
}
