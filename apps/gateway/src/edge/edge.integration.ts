import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contextOperations } from '@millrace/contracts';
import { MovableClock, until } from '@millrace/kernel';
import { type RunningService, startService } from '@millrace/service';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import request from 'supertest';
import { fakeIdentity, fakeVault, TOKEN, VIEWER_TOKEN } from '../fake-services.fixture.js';
import { definition } from '../index.js';

const clock = new MovableClock();
let region: TestRegion;
let gateway: RunningService;
let url: string;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [fakeIdentity, fakeVault, definition], clock });
  gateway = region.service('gateway');
  url = gateway.httpUrl!;
}, 60_000);
afterAll(() => region?.stop());

const rowsOf = (sql: string, parameters: unknown[] = []) =>
  gateway.database.region({ kind: 'service' }, (tx) => tx.query<Record<string, unknown>>(sql, parameters));

async function ask(question: string): Promise<Record<string, unknown>> {
  const compliance = await region.clientOf('compliance');
  const { evidence } = await compliance.call(
    contextOperations('gateway').evidence,
    { question, parameters: {} },
    { kind: 'service', name: 'compliance' },
  );
  return evidence as Record<string, unknown>;
}

describe('the access log', () => {
  it('holds what was asked without the path, and forgets the person on erasure', async () => {
    const answer = await request(url)
      .get('/api/v1/connections')
      .set('cookie', `sessionid=${TOKEN}`)
      .set('user-agent', 'a browser')
      .expect(200);
    const id = answer.get('x-request-id');
    const [row] = await until('the entry', 5_000, async () => {
      const rows = await rowsOf('select * from access_log where request_id = $1', [id]);
      return rows.length > 0 ? rows : undefined;
    });
    expect(row).toMatchObject({
      method: 'GET',
      route: '/api/v1/connections',
      status: 200,
      address: '127.0.0.1',
      user_agent: 'a browser',
    });
    const userId = row!['user_id'] as string;
    const compliance = await region.clientOf('compliance');
    const subject = { ids: [userId], lookups: [], closingOrgIds: [] };
    await compliance.call(
      contextOperations('gateway').eraseHoldings,
      { caseId: userId, subject },
      { kind: 'service', name: 'compliance' },
    );
    const [after] = await rowsOf('select address, user_agent, user_id, status from access_log where request_id = $1', [
      id,
    ]);
    expect(after).toEqual({ address: null, user_agent: null, user_id: null, status: 200 });
  });

  it('names no path that matches no route', async () => {
    const answer = await request(url).get('/a-name-of-somebody').expect(404);
    const [row] = await until('the entry', 5_000, async () => {
      const rows = await rowsOf('select route from access_log where request_id = $1', [answer.get('x-request-id')]);
      return rows.length > 0 ? rows : undefined;
    });
    expect(row).toEqual({ route: 'unknown' });
  });

  it('can be added to but not read by the role that answers requests', async () => {
    await expect(
      gateway.database.scoped({}, { kind: 'public' }, (tx) => tx.query('select * from access_log')),
    ).rejects.toThrow('permission denied');
  });
});

describe('who may', () => {
  it('is asked before a body is read, so that a stranger cannot make the edge parse', async () => {
    const answer = await request(url)
      .post('/api/v1/connections')
      .set('content-type', 'application/json')
      .send('{"name": nope');
    expect([answer.status, answer.body.code]).toEqual([401, 'kernel.not-signed-in']);
  });

  it('is asked before the input is judged, so that it tells nothing to somebody without the permission', async () => {
    const answer = await request(url).get('/api/v1/connections?unknown=1').set('cookie', `sessionid=${VIEWER_TOKEN}`);
    expect([answer.status, answer.body.code]).toEqual([403, 'kernel.forbidden']);
    expect(answer.body).not.toHaveProperty('errors');
  });
});

describe('metrics', () => {
  it('count requests and problems under closed words', async () => {
    await request(url).get('/api/v1/connections').expect(401);
    await request(url).get('/a-name-of-somebody').expect(404);
    const text = await gateway.runtime.metrics.render();
    expect(text).toMatch(
      /millrace_http_requests_total\{operation="vault.connection.list",status="4xx",service="gateway"\} \d+/,
    );
    expect(text).toMatch(/millrace_http_problems_total\{code="kernel.not-signed-in",service="gateway"\} \d+/);
    expect(text).toMatch(/operation="other",status="4xx"/);
    expect(text).not.toContain('a-name-of-somebody');
  });
});

describe('limits', () => {
  it('hold over two gateways, say when to come back, and end with their window', async () => {
    const second = await startService(definition, { config: region.config, secrets: region.secrets, clock });
    const signUp = (at: string) => request(at).post('/api/v1/auth/sign-up').send({});
    for (let number = 0; number < 10; number++) {
      await signUp(url).expect(400);
      await signUp(second.httpUrl!).expect(400);
    }
    const refused = await signUp(url);
    await second.stop();
    expect([refused.status, refused.body.code]).toEqual([429, 'kernel.too-many-requests']);
    expect(Number(refused.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.get('retry-after'))).toBeLessThanOrEqual(600);
    clock.advance(600_000);
    await signUp(url).expect(400);
  });

  it('keep a keyed hash of the address only', async () => {
    const rows = await rowsOf(`select bucket, encode(fingerprint, 'hex') as fingerprint from rate_limit`);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => /^[0-9a-f]{64}$/.test(String(row['fingerprint'])))).toBe(true);
    expect(JSON.stringify(rows)).not.toContain('127.0.0.1');
  });
});

describe('evidence', () => {
  it('tells the security headers of live answers', async () => {
    const { answers, missing } = await ask('security-headers');
    expect(missing).toEqual([]);
    expect(answers).toEqual([
      expect.objectContaining({
        path: '/',
        status: 200,
        revealing: [],
        headers: expect.objectContaining({ 'x-content-type-options': 'nosniff' }),
      }),
      expect.objectContaining({ path: '/api/v1/auth/me', status: 401, revealing: [] }),
      expect.objectContaining({ path: '/no-such-page', status: 404, revealing: [] }),
    ]);
  });

  it('tells that a first visit gets no cookie', async () => {
    expect(await ask('first-visit')).toMatchObject({
      cookies: [],
      pages: [
        { path: '/', status: 200 },
        { path: '/privacy', status: 200 },
        // Nobody keeps the board in this region.
        { path: '/promises', status: 503 },
        { path: '/api/docs', status: 200 },
      ],
    });
  });

  it('tells that the self-serve endpoints ask for a sign-in', async () => {
    const { endpoints, open } = await ask('self-serve');
    expect(open).toEqual([]);
    expect((endpoints as { id: string; status: number }[]).map((one) => [one.id, one.status])).toEqual([
      ['read', 401],
      ['export', 401],
      ['correct', 401],
      ['delete', 401],
    ]);
  });

  it('tells every cookie name that left the edge', async () => {
    await request(url).get('/api/v1/auth/me').set('cookie', 'sessionid=forged').expect(401);
    const { seen, unregistered, unseen } = await until('both cookies', 5_000, async () => {
      const evidence = await ask('cookies');
      return (evidence['seen'] as string[]).length === 2 ? evidence : undefined;
    });
    expect([seen, unregistered, unseen]).toEqual([['csrftoken', 'sessionid'], [], []]);
  });

  it('tells of a cookie that the charter does not register', async () => {
    await rowsOf(`insert into cookie_seen (name, first_seen_at, last_seen_at) values ('_visits', now(), now())`);
    expect(await ask('cookies')).toMatchObject({ unregistered: ['_visits'] });
  });
});

describe('the general limit', () => {
  it('stops an address that asks without end, on pages as on operations, and lets it in again', async () => {
    const statuses = new Set<number>();
    for (let number = 0; number <= 600 && !statuses.has(429); number++) {
      statuses.add((await fetch(`${url}/healthz`)).status);
    }
    expect([...statuses]).toEqual([200, 429]);
    const refused = await request(url).get('/no-such-page');
    expect([refused.status, refused.body.code, refused.get('retry-after')]).toEqual([
      429,
      'kernel.too-many-requests',
      '1',
    ]);
    clock.advance(1_000);
    await request(url).get('/healthz').expect(200);
  });
});
