import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { castBetween } from '../cell/cast.js';
import type { Fault, FieldSpec, Row, StreamSpec } from '../conformance/sandbox.js';
import { Slab } from '../batch/slab.js';

const PAGE = 100;
export const FIRST_TOKEN = 'token-0';
const VERBATIM = /^(int\d|numeric|float\d|boolean|json)$/;

/**
 * An API that plays every trick of real ones: pages with a token, selection of fields, a cursor with ties in no order,
 * tokens that expire, limits, broken answers.
 */
export class RestServer {
  readonly streams = new Map<string, { fields: readonly FieldSpec[]; rows: Row[] }>();
  requests = 0;
  private faults: Fault[] = [];
  private token = FIRST_TOKEN;
  private readonly server = http.createServer((request, response) => this.answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  create(name: string, { fields, rows }: StreamSpec): void {
    this.streams.set(name, { fields, rows: [...rows] });
  }

  break(fault: Fault, times: number): void {
    this.requests = 0;
    this.faults = Array.from({ length: times }, () => fault);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests++;
    const url = new URL(request.url!, 'http://api');
    if (url.pathname === '/token') return this.renew(request, response);
    const fault = this.faults[0];
    if (fault?.kind === 'expired') {
      this.faults.shift();
      this.token = `token-${this.requests}-${this.faults.length}`;
    }
    if (request.headers.authorization !== `Bearer ${this.token}`) return void response.writeHead(401).end();
    if (fault && fault.kind !== 'expired') {
      this.faults.shift();
      return this.fail(fault, url, response);
    }
    const page = this.page(url);
    if (page === undefined) return void response.writeHead(404).end('{"error":"no such stream marker-in-error"}');
    response.writeHead(200, { 'content-type': 'application/json' }).end(page);
  }

  private fail(fault: Exclude<Fault, { kind: 'expired' }>, url: URL, response: ServerResponse): void {
    const page = Buffer.from(this.page(url) ?? '{}');
    if (fault.kind === 'limited') {
      response.writeHead(429, { 'retry-after': String(fault.retryAfterSeconds) }).end();
    } else if (fault.kind === 'failing') response.writeHead(502).end('marker-in-failure');
    else if (fault.kind === 'garbage') response.writeHead(200).end(fault.text);
    else if (fault.kind === 'cut-json') response.writeHead(200).end(page.subarray(0, page.length - 20));
    else if (fault.kind === 'misdirecting') {
      response.writeHead(200, { link: `<${fault.url}>; rel="next"` }).end(page);
    } else {
      response.writeHead(200, { 'content-length': String(page.length) });
      response.write(page.subarray(0, page.length - 20), () => response.destroy());
    }
  }

  private renew(request: IncomingMessage, response: ServerResponse): void {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => (body += text));
    request.on('end', () => {
      const known = new URLSearchParams(body).get('refresh_token') === 'refresh-me';
      response.writeHead(known ? 200 : 400).end(JSON.stringify({ access_token: this.token }));
    });
  }

  private page(url: URL): string | undefined {
    const stream = this.streams.get(url.pathname.split('/').at(-1)!);
    if (!stream) return undefined;
    const { searchParams: query } = url;
    const from = Number(query.get('page') ?? 0);
    const wanted = query.get('fields')?.split(',');
    const rows = this.since(stream, query.get('since'));
    const items = rows.slice(from, from + PAGE).map((row) => record(stream.fields, row, wanted));
    const next = from + PAGE < rows.length ? `"${from + PAGE}"` : 'null';
    return `{ "items": [${items.join(', ')}], "next": ${next}, "total": ${rows.length} }`;
  }

  /** Sorted by the cursor where there is one; equal ones stay in the order of insertion, which is none of the key. */
  private since({ fields, rows }: { fields: readonly FieldSpec[]; rows: Row[] }, since: string | null): Row[] {
    const cursor = fields.findIndex(({ name }) => name === 'updated');
    if (cursor < 0 || since === null) return rows;
    return rows
      .filter((row) => micros(row[cursor]!) >= micros(since))
      .sort((a, b) => Number(micros(a[cursor]!) - micros(b[cursor]!)));
  }
}

function record(fields: readonly FieldSpec[], row: Row, wanted: readonly string[] | undefined): string {
  const members = fields.flatMap(({ name, kind }, index) => {
    const value = row[index]!;
    if (wanted && !wanted.includes(name)) return [];
    return [
      `${JSON.stringify(name)}: ${value === null || VERBATIM.test(kind) ? value : JSON.stringify(jsonForm(kind, value))}`,
    ];
  });
  return `{ ${members.join(', ')} }`;
}

/** Bytes travel as base64 in JSON. */
function jsonForm(kind: string, value: string): string {
  return kind === 'bytes' ? Buffer.from(value.slice(2), 'hex').toString('base64') : value;
}

function micros(text: string): bigint {
  const slab = new Slab(64);
  const bytes = Buffer.from(text);
  castBetween('text', 'timestamptz')!(bytes, 0, bytes.length, slab);
  return slab.bytes.readBigInt64BE(4);
}
