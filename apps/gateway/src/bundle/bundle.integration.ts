import { createHash } from 'node:crypto';
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MovableClock } from '@millrace/kernel';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { fakeCompliance, fakeIdentity, NOTE, parts, TOKEN } from '../fake-services.fixture.js';
import { definition } from '../index.js';
import { unzipped } from './unzipped.fixture.js';

/** A moment after the people of the fake identity have shown who they are. */
const START = new Date('2026-04-22T12:01:00Z');
const clock = new MovableClock(START);
const caseId = '0192f000-0000-7000-8000-00000000000a';
let region: TestRegion;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [fakeIdentity, fakeCompliance, definition], clock });
}, 60_000);
afterAll(() => region?.stop());
beforeEach(() => {
  const rows = (pass: string, id: number) =>
    `${JSON.stringify({ pass, context: 'vault', table: 'person', rows: [{ id }] })}\n`;
  const head = { caseId, exportedAt: START.toISOString(), charter: 'fluxent', region: 'local' };
  parts.texts = [`${JSON.stringify(head)}\n`, rows('json', 1), rows('json', 2), rows('csv', 1), rows('csv', 2)];
  parts.failsAt = undefined;
  parts.signed = [];
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly isWhole: boolean;
}

function download(token?: string, method = 'GET'): Promise<Answer> {
  const url = new URL('/api/v1/auth/me/export/bundle', region.service('gateway').httpUrl);
  return new Promise((resolve, reject) => {
    const answered = (answer: IncomingMessage) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      const done = () =>
        resolve({
          status: answer.statusCode!,
          headers: answer.headers,
          body: Buffer.concat(chunks),
          isWhole: answer.complete,
        });
      answer.once('end', done).once('error', done);
    };
    const headers = token === undefined ? {} : { cookie: `sessionid=${token}` };
    get(url, { headers, agent: false, method }, answered).once('error', reject);
  });
}

describe('a bundle over HTTP', () => {
  it('is a ZIP to be kept, signed for whoever asked', async () => {
    const { status, headers, body } = await download(TOKEN);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="everything-about-you.zip"',
      'cache-control': 'no-store',
    });
    const files = await unzipped(body);
    expect(JSON.parse(String(files.get('data/vault/person.json')))).toEqual([{ id: 1 }, { id: 2 }]);
    expect(String(files.get('manifest.sig'))).toBe(NOTE);
    const manifest = createHash('sha256').update(files.get('manifest.json')!).digest('hex');
    expect(parts.signed).toEqual([{ caseId, manifest, files: 4, rows: 2 }]);
    expect(new Set(parts.askedBy).size).toBe(1);
  });

  it('breaks off when a part fails, unsigned, so that half of it cannot be taken for the whole', async () => {
    parts.failsAt = 3;
    const { isWhole } = await download(TOKEN);
    expect({ isWhole, signed: parts.signed }).toEqual({ isWhole: false, signed: [] });
  });

  it('is a problem like any other when its first part fails', async () => {
    parts.failsAt = 0;
    const { status, body } = await download(TOKEN);
    expect({ status, code: JSON.parse(String(body)).code }).toEqual({ status: 503, code: 'kernel.unavailable' });
  });

  it('is for people who are signed in and have just shown who they are', async () => {
    expect((await download()).status).toBe(401);
    clock.advance(11 * 60_000);
    const { status, body } = await download(TOKEN);
    clock.set(START);
    expect({ status, code: JSON.parse(String(body)).code }).toEqual({ status: 403, code: 'kernel.confirm-first' });
  });

  it('is not made for somebody who wants its headers only', async () => {
    expect((await download(TOKEN, 'HEAD')).status).toBe(405);
    expect(parts.signed).toEqual([]);
  });
});
