import net from 'node:net';
import { z } from 'zod';
import type { ConnectorDefinition, Dial } from '../connector.js';
import type { Sandbox, StreamSpec } from '../conformance/sandbox.js';
import { type JsonCellKind, JSON_CELL_KINDS } from '../json/json-cell.js';
import { oauth2 } from './auth.js';
import { linkHeader, nextPageToken, type Paging } from './pages.js';
import { restConnector } from './rest-connector.js';
import { FIRST_TOKEN, RestServer } from './rest-server.fixture.js';
import { type RestStream, stream } from './rest-stream.js';

export const dialLocal: Dial = ({ host, port }) =>
  new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    socket.once('error', reject).once('connect', () => resolve(socket.off('error', reject)));
  });

const token = nextPageToken({ path: '$.next', parameter: 'page' });
/** Goes on by a link where one is given, so that a wrong one can be. */
const pages: Paging = {
  ask: (url, page) => (page.startsWith('http') ? linkHeader().ask(url, page) : token.ask(url, page)),
  next: (page) => linkHeader().next(page) ?? token.next(page),
};

/** A REST connector against a server of its own. */
export async function restSandbox(): Promise<Sandbox> {
  const server = new RestServer();
  const baseUrl = await server.start();
  const streams: Record<string, RestStream> = {};
  const declared = restConnector({
    id: 'sandbox',
    title: 'Sandbox',
    config: z.strictObject({}),
    auth: oauth2({ authorizeUrl: `${baseUrl}/authorize`, tokenUrl: `${baseUrl}/token`, scopes: ['read'] }),
    baseUrl: `${baseUrl}/v1`,
    probe: '/always',
    streams,
  });
  server.create('always', { fields: [], key: [], rows: [] });
  let count = 0;
  return {
    connector: declared as unknown as ConnectorDefinition<unknown, unknown>,
    config: {},
    credential: { accessToken: FIRST_TOKEN, refreshToken: 'refresh-me', clientId: 'client' },
    wrongCredential: { accessToken: 'wrong-token-value', refreshToken: 'wrong-refresh-value', clientId: 'client' },
    dial: dialLocal,
    kinds: JSON_CELL_KINDS,
    create: async (spec) => {
      const name = `stream-${++count}`;
      streams[name] = declare(name, spec);
      server.create(name, spec);
      return name;
    },
    insert: async (name, rows) => void server.streams.get(name)!.rows.push(...rows),
    drop: async (name) => void server.streams.delete(name),
    target: () => ({ schema: 'public', name: 'nowhere' }),
    break: (fault, times = 1) => server.break(fault, times),
    get requests() {
      return server.requests;
    },
    dispose: async () => server.stop(),
  };
}

function declare(name: string, { fields, key }: StreamSpec): RestStream {
  const cursor = fields.some((field) => field.name === 'updated') ? { field: 'updated', from: 'since' } : undefined;
  const typed = fields.map(
    (field) => [field.name, { kind: field.kind as JsonCellKind, nullable: field.nullable }] as const,
  );
  return stream({
    path: `/${name}`,
    records: '$.items',
    key,
    fields: Object.fromEntries(typed),
    pages,
    fieldsParameter: 'fields',
    total: '$.total',
    cursor,
  });
}
