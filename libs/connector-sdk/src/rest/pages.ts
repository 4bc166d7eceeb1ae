import type { IncomingHttpHeaders } from 'node:http';
import { findPath, type JsonRange, pathNames, scalarText } from '../json/path.js';

/** What came back, as far as paging needs it. */
export interface Page {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly document: JsonRange;
  readonly records: readonly JsonRange[];
}

/**
 * How a stream's pages follow one another. A page is named by a text, the empty one being the first page; that text is
 * what a checkpoint remembers.
 */
export interface Paging {
  /** Puts what asks for the page `token` into the address; gives another address where the token is one. */
  readonly ask: (url: URL, token: string) => URL;
  /** Name of the page behind; undefined after the last. */
  readonly next: (page: Page) => string | undefined;
}

/** A token in the answer at `path`, given back in the query as `parameter`. An absent, null or empty token ends the stream. */
export function nextPageToken({ path, parameter }: { path: string; parameter: string }): Paging {
  const names = pathNames(path);
  return {
    ask: (url, token) => withQuery(url, token && { [parameter]: token }),
    next: ({ body, document }) => scalarText(body, findPath(body, document, names)) || undefined,
  };
}

/** RFC 8288: `Link: <address>; rel="next"`. */
export function linkHeader(): Paging {
  return {
    ask: (url, token) => (token ? new URL(token, url) : url),
    next: ({ headers }) => {
      const link = headers.link;
      const text = Array.isArray(link) ? link.join(', ') : link;
      return /<([^>]*)>(?:\s*;[^,<]*?)?;\s*rel="?next"?/i.exec(text ?? '')?.[1];
    },
  };
}

/** `?offset=200&limit=100`: how many records to pass over. A page that is not full is the last. */
export function offset(names: { offset?: string; limit?: string; size: number }): Paging {
  const { offset: from = 'offset', limit = 'limit', size } = names;
  return {
    ask: (url, token) => withQuery(url, { [from]: token || '0', [limit]: String(size) }),
    next: (page) => (page.records.length < size ? undefined : String(offsetOf(page.url, from) + page.records.length)),
  };
}

/** A field of the last record, given back as `parameter`: Stripe's `starting_after`. `more` is the path of its "there is more". */
export function cursorParameter({
  parameter,
  field,
  more,
}: {
  parameter: string;
  field: string;
  more?: string;
}): Paging {
  const names = pathNames(field);
  return {
    ask: (url, token) => withQuery(url, token && { [parameter]: token }),
    next: ({ body, document, records }) => {
      const last = records.at(-1);
      if (!last || (more && scalarText(body, findPath(body, document, pathNames(more))) !== 'true')) return undefined;
      return scalarText(body, findPath(body, last, names));
    },
  };
}

/** Everything in one answer. */
export function onePage(): Paging {
  return { ask: (url) => url, next: () => undefined };
}

export function withQuery(url: URL, values: Readonly<Record<string, string>> | ''): URL {
  const asked = new URL(url);
  for (const [name, value] of Object.entries(values || {})) asked.searchParams.set(name, value);
  return asked;
}

function offsetOf(url: URL, name: string): number {
  return Number(url.searchParams.get(name) ?? 0);
}
