import { readFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cellText, connectorSpec, Secret, type Session, SlabPool } from '@millrace/connector-sdk';
import { tracker } from './tracker.connector.fixture.js';

const root = path.resolve(import.meta.dirname, '../..');
const guide = readFileSync(path.join(root, 'docs/guide/connectors.md'), 'utf8');
const source = readFileSync(path.join(import.meta.dirname, 'tracker.connector.fixture.ts'), 'utf8');
const never = new AbortController().signal;

const issues = Array.from({ length: 5 }, (_, index) => ({
  id: index + 1,
  text: `{"id": ${index === 4 ? '9007199254740993' : index + 1}, "title": "T${index}", "status": {"name": "open"}, "assignee": ${
    index % 2 ? 'null' : '{"email": "a@example.com"}'
  }, "estimate": 0.10, "labels": ["x"], "updated": "2026-01-0${index + 1}T00:00:00Z", "body": "never wanted"}`,
}));

/** The tracker's API, as far as the guide's connector speaks to it. */
const asked: string[] = [];
const server = http.createServer((request, response) => {
  asked.push(request.url!);
  const url = new URL(request.url!, 'http://tracker');
  if (request.headers.authorization !== 'Bearer the-token') return void response.writeHead(401).end();
  const page = Number(url.searchParams.get('pageToken') ?? url.searchParams.get('page') ?? 0);
  if (url.pathname.endsWith('/me')) response.end('{}');
  else if (url.pathname.endsWith('/issues')) {
    const since = url.searchParams.get('updatedSince') ?? '';
    const found = issues.filter(({ text }) => /"updated": "([^"]*)"/.exec(text)![1]! >= since).map(({ text }) => text);
    const next = page + 2 < found.length ? `"${page + 2}"` : 'null';
    response.end(
      `{"items": [${found.slice(page, page + 2).join(',')}], "nextPageToken": ${next}, "total": ${found.length}}`,
    );
  } else if (url.pathname.endsWith('/projects')) {
    if (page === 0) response.setHeader('link', `<${url.pathname}?per_page=50&page=1>; rel="next"`);
    response.end(JSON.stringify([{ key: `P${page}`, name: 'Project', archived: page === 1 }]));
  } else {
    const after = Number(url.searchParams.get('starting_after') ?? 0);
    const data = [{ id: String(after + 1), issue_id: 1, kind: 'opened', at: 1_767_225_600 }];
    response.end(JSON.stringify({ data, has_more: after < 2 }));
  }
});

let site: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function open(): Promise<Session> {
  const dial = ({ host, port }: { host: string; port: number }) =>
    new Promise<net.Socket>((resolve, reject) => {
      const socket = net.connect({ host, port });
      socket.once('error', reject).once('connect', () => resolve(socket.off('error', reject)));
    });
  const context = { dial, applicationName: 'guide', signal: never };
  return tracker.open({ site }, new Secret({ token: 'the-token' }), context);
}

/** The texts of a field of every record of a stream. */
async function valuesOf(name: string, field: string, part: object = {}): Promise<string[]> {
  const session = await open();
  const { streams } = await session.discover({ streams: [name], signal: never });
  const { kind } = streams[0]!.fields.find((one) => one.name === field)!;
  const values: string[] = [];
  const projection = [...new Set([field, ...streams[0]!.primaryKey, ...(name === 'issues' ? ['updated'] : [])])];
  const partition = {
    stream: name,
    projection: projection.map((one) => ({ field: one, as: 'as-is' as const })),
    key: [],
    uniqueKey: true,
    bounds: {},
    ...part,
  };
  const limits = { batchRows: 3, batchBytes: 1e6, maxRecordBytes: 1e6 };
  for await (const { batch } of session.read({ partition, limits, slabs: new SlabPool(1_024), signal: never })) {
    for (const start of batch.rowStarts.subarray(0, batch.rowCount)) {
      const length = batch.bytes.readInt32BE(start + 2);
      values.push(length < 0 ? 'null' : cellText(kind, batch.bytes, start + 6, length));
    }
  }
  await session.close();
  return values;
}

describe('the guide to connectors', () => {
  it('shows the connector that is tested here, in under 120 lines', () => {
    const [, shown] = /^```ts\n([\s\S]*?)^```$/m.exec(guide)!;
    expect(shown).toBe(source);
    expect(source.split('\n').length).toBeLessThan(120);
  });

  it('names a secret as one in the connector’s spec', () => {
    expect(connectorSpec(tracker)).toMatchObject({
      id: 'tracker',
      roles: ['source'],
      config: { properties: { site: { type: 'string', format: 'uri' } }, required: ['site'] },
      credential: { properties: { token: { writeOnly: true, format: 'password' } } },
    });
  });

  it('reads every stream to its end', async () => {
    const session = await open();
    expect(await session.check(never)).toMatchObject({ ok: true, system: 'Tracker' });
    expect(await session.estimate({ stream: 'issues', signal: never })).toEqual({ records: 5 });
    await session.close();
    expect(await valuesOf('issues', 'id')).toEqual(['1', '2', '3', '4', '9007199254740993']);
    expect(await valuesOf('issues', 'estimate')).toEqual(Array(5).fill('0.10'));
    expect(await valuesOf('issues', 'assignee')).toEqual([
      'a@example.com',
      'null',
      'a@example.com',
      'null',
      'a@example.com',
    ]);
    expect(await valuesOf('projects', 'archived')).toEqual(['false', 'true']);
    expect(await valuesOf('events', 'at')).toEqual(Array(3).fill('2026-01-01 00:00:00+00'));
    expect(asked.find((url) => url.includes('/issues') && url.includes('fields='))).not.toContain('body');
  });

  it('reads by the cursor what came at or after it', async () => {
    const bounds = { from: ['2026-01-04 00:00:00+00'] };
    expect(await valuesOf('issues', 'title', { key: ['updated', 'id'], uniqueKey: false, bounds })).toEqual([
      'T3',
      'T4',
    ]);
  });
});
