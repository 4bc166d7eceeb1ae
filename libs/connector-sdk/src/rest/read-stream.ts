import { ConnectorError } from '../connector-error.js';
import type { HttpClient } from '../http/http-client.js';
import type { KeyPosition, ReadBatch, ReadRequest } from '../session.js';
import { CursorOrder } from './cursor-order.js';
import { fetchPage } from './fetch-page.js';
import { passedOf, placeOf, positionBehind, startOf } from './own-order.js';
import { type Page, withQuery } from './pages.js';
import type { RestStream } from './rest-stream.js';
import { RowSink } from './row-sink.js';

/** Most pages of one read: an API whose pages go round in a circle must not keep a worker for ever. */
const MAX_PAGES = 1_000_000;

/** What one read is about. */
export interface Reading {
  readonly client: HttpClient;
  readonly base: URL;
  readonly definition: RestStream;
  readonly request: ReadRequest;
}

/** Reads a stream page by page, as fast as its batches are taken; one page is in memory at a time. */
export async function* readStream(reading: Reading): AsyncGenerator<ReadBatch, void, void> {
  const { request, definition } = reading;
  const { partition, signal } = request;
  if (partition.filter?.length) throw new ConnectorError('unsupported-filter', { stream: partition.stream });
  signal.throwIfAborted();
  const order = partition.key.length > 0 ? new CursorOrder(definition, partition) : undefined;
  const sink = new RowSink(definition, request, order);
  let behind: KeyPosition = [];
  try {
    for await (const { token, page, first, last } of pagesOf(reading, order)) {
      for (let index = first; index < last; index++) {
        if (sink.add(page, index) === 'end') {
          if (!sink.isEmpty) yield sink.emit(behind);
          return;
        }
        if (sink.isFull) yield sink.emit(positionBehind(token, page, index + 1));
      }
      if (!sink.isEmpty) behind = positionBehind(token, page, last);
      page.body.fill(0);
    }
    if (!sink.isEmpty) yield sink.emit(behind);
  } finally {
    sink.release();
  }
}

interface PageToRead {
  readonly token: string;
  readonly page: Page;
  /** The records `[first, last)` of the page are read. */
  readonly first: number;
  readonly last: number;
}

async function* pagesOf(
  { client, base, definition, request }: Reading,
  order: CursorOrder | undefined,
): AsyncGenerator<PageToRead, void, void> {
  const { partition, signal } = request;
  const { stream, bounds } = partition;
  const start = order ? startOf({}) : startOf(bounds);
  const end = !order && bounds.upTo ? placeOf(bounds.upTo) : undefined;
  const address = addressOf(base, definition, request, order?.since);
  for (let token = start.token, pages = 0; ; pages++) {
    signal.throwIfAborted();
    const page = await fetchPage(client, definition.pages.ask(address, token), stream, definition, signal);
    const first = pages === 0 ? passedOf(page, start) : 0;
    const atEnd = end?.token === token;
    const { length } = page.records;
    // Asked for now, because whoever takes the page overwrites its body.
    const next = definition.pages.next(page);
    yield { token, page, first, last: atEnd ? Math.min(end!.passed, length) : length };
    if (next === undefined || atEnd) return;
    if (next === token || pages >= MAX_PAGES) throw new ConnectorError('protocol-violation', { stream });
    token = next;
  }
}

function addressOf(base: URL, definition: RestStream, request: ReadRequest, since: string | undefined): URL {
  const { cursor, fieldsParameter, path } = definition;
  const address = new URL(base.pathname.replace(/\/$/, '') + path, base);
  const selected = [...new Set(request.partition.projection.map(({ field }) => pathOf(definition, field)))];
  return withQuery(address, {
    ...(fieldsParameter ? { [fieldsParameter]: selected.join(',') } : {}),
    ...(cursor && since !== undefined ? { [cursor.from]: (cursor.format ?? isoForm)(since) } : {}),
  });
}

/** The name by which the API knows a field: the first of its path. */
function pathOf({ bound }: RestStream, name: string): string {
  return bound.find((field) => field.name === name)?.names[0] ?? name;
}

/** ISO 8601 with a T and a Z for an instant; anything else as it stands. */
function isoForm(value: string): string {
  return value.replace(/^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?$/, '$1T$2Z');
}
