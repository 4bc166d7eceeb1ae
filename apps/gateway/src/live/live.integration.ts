import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { liveSubject, type Run } from '@millrace/contracts';
import { newId, until } from '@millrace/kernel';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { fakeIdentity, fakeSync, ORG, runOf, runs, TOKEN, VIEWER_TOKEN } from '../fake-services.fixture.js';
import { definition } from '../index.js';

let region: TestRegion;
let url: string;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [fakeIdentity, fakeSync, definition] });
  url = region.service('gateway').httpUrl!;
}, 60_000);
afterAll(() => region?.stop());

interface Watching {
  readonly answer: IncomingMessage;
  /** The states shown so far. */
  states(): Run[];
  readonly text: () => string;
  readonly ended: Promise<void>;
  close(): void;
}

function watch(runId: string, token = TOKEN): Promise<Watching> {
  return new Promise((resolve, reject) => {
    const asked = get(
      `${url}/api/v1/runs/${runId}/live`,
      { headers: { cookie: `sessionid=${token}` }, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        const ended = new Promise<void>((done) => answer.once('close', done));
        const states = () => [...text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json!) as Run);
        resolve({ answer, states, text: () => text, ended, close: () => asked.destroy() });
      },
    );
    asked.once('error', reject);
  });
}

function publish(run: Run, orgId = ORG): void {
  region
    .service('sync')
    .runtime.connection.publish(liveSubject(orgId, 'run', run.runId), new TextEncoder().encode(JSON.stringify(run)));
}

const started = (state: Run['state'] = 'running'): string => {
  const runId = newId();
  runs.set(runId, runOf(runId, state));
  return runId;
};

describe('watching a run', () => {
  it('shows its state, then what is published about it, and ends with it', async () => {
    const runId = started();
    const watching = await watch(runId);
    expect(watching.answer.statusCode).toBe(200);
    expect(watching.answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-request-id': expect.any(String),
    });
    expect(watching.answer.headers['content-security-policy']).toContain("default-src 'self'");
    await until('the first state', 5_000, () => watching.states().length === 1);
    publish(runOf(runId, 'running', 10));
    await until('progress', 5_000, () => watching.states().length === 2);
    publish(runOf(runId, 'succeeded', 20));
    await watching.ended;
    expect(watching.states().map((run) => [run.state, run.counts.read])).toEqual([
      ['running', 0],
      ['running', 10],
      ['succeeded', 20],
    ]);
    expect(watching.text()).toContain('event: progress\n');
  });

  it('ends at once when the run has ended', async () => {
    const watching = await watch(started('failed'));
    await watching.ended;
    expect(watching.states().map((run) => run.state)).toEqual(['failed']);
  });

  it('shows nothing of another organization, though it be published under the same id', async () => {
    const runId = started();
    const watching = await watch(runId);
    await until('the first state', 5_000, () => watching.states().length === 1);
    publish(runOf(runId, 'running', 99), newId());
    publish(runOf(runId, 'cancelled', 1));
    await watching.ended;
    expect(watching.states().map((run) => run.counts.read)).toEqual([0, 1]);
  });

  it('is refused for a run that is not there, without permission, and without a session', async () => {
    const status = async (watching: Promise<Watching>) => (await watching).answer.statusCode;
    expect(await status(watch(newId()))).toBe(404);
    expect(await status(watch('no-id'))).toBe(400);
    expect(await status(watch(started(), VIEWER_TOKEN))).toBe(403);
    expect(await status(watch(started(), 'forged'))).toBe(401);
  });

  it('is bounded per session, and a closed stream makes room', async () => {
    const runId = started();
    const open = await Promise.all(Array.from({ length: 8 }, () => watch(runId)));
    const refused = await watch(runId);
    expect([refused.answer.statusCode, refused.answer.headers['retry-after']]).toEqual([429, '5']);
    open.forEach((one) => one.close());
    const again = await until('room', 5_000, async () => {
      const one = await watch(runId);
      return one.answer.statusCode === 200 ? one : undefined;
    });
    again.close();
  });

  it('leaves its entry in the access log when it ends', async () => {
    const watching = await watch(started('succeeded'));
    await watching.ended;
    const id = watching.answer.headers['x-request-id'];
    const { database } = region.service('gateway');
    const [row] = await until('the entry', 5_000, async () => {
      const rows = await database.region({ kind: 'service' }, (tx) =>
        tx.query('select method, route, status from access_log where request_id = $1', [id]),
      );
      return rows.length > 0 ? rows : undefined;
    });
    expect(row).toEqual({ method: 'GET', route: '/api/v1/runs/{runId}/live', status: 200 });
  });

  it('ends when the edge stops, which does not wait for the run', async () => {
    const runId = started();
    const watching = await watch(runId);
    await until('the first state', 5_000, () => watching.states().length === 1);
    await Promise.all([region.service('gateway').stop(), watching.ended]);
    expect(watching.states()).toHaveLength(1);
  });
});
