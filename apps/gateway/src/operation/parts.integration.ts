import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MovableClock } from '@millrace/kernel';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { fakeCompliance, fakeIdentity, parts, TOKEN, VIEWER_TOKEN } from '../fake-services.fixture.js';
import { definition } from '../index.js';

/** A moment after the people of the fake identity have shown who they are. */
const clock = new MovableClock(new Date('2026-04-22T12:01:00Z'));
let region: TestRegion;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [fakeIdentity, fakeCompliance, definition], clock });
}, 60_000);
afterAll(() => region?.stop());
beforeEach(() => {
  parts.texts = ['{"contexts":[', '1,', '2]}'];
  parts.failsAt = undefined;
});

/** What a client gets, and whether the answer ended as it should. */
function download(
  token = TOKEN,
): Promise<{ status: number; type: string | undefined; text: string; isWhole: boolean }> {
  const url = new URL('/api/v1/auth/me/export', region.service('gateway').httpUrl);
  return new Promise((resolve, reject) => {
    const answered = (answer: IncomingMessage) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const done = () =>
        resolve({ status: answer.statusCode!, type: answer.headers['content-type'], text, isWhole: answer.complete });
      answer.once('end', done).once('error', done);
    };
    get(url, { headers: { cookie: `sessionid=${token}` }, agent: false }, answered).once('error', reject);
  });
}

describe('an answer in parts', () => {
  it('is one document for whoever asked', async () => {
    expect(await download()).toEqual({
      status: 200,
      type: 'application/json; charset=utf-8',
      text: '{"contexts":[1,2]}',
      isWhole: true,
    });
  });

  it('breaks off when a part fails, so that half of it cannot be taken for the whole', async () => {
    parts.failsAt = 2;
    const { status, text, isWhole } = await download();
    expect({ status, isWhole }).toEqual({ status: 200, isWhole: false });
    expect(text).not.toContain('2]}');
  });

  it('is a problem like any other when its first part fails', async () => {
    parts.failsAt = 0;
    const { status, type, text } = await download();
    expect({ status, type }).toEqual({ status: 503, type: 'application/problem+json; charset=utf-8' });
    expect(JSON.parse(text)).toMatchObject({ code: 'kernel.unavailable' });
  });

  it('goes on for whoever began it', async () => {
    expect((await download(VIEWER_TOKEN)).isWhole).toBe(true);
    expect(new Set(parts.askedBy).size).toBe(1);
  });
});
