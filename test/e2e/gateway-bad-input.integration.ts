import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { isId } from '@millrace/kernel';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import request, { type Response } from 'supertest';

let region: TestRegion;
let url: string;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [identity, gateway] });
  url = region.service('gateway').httpUrl!;
}, 60_000);
afterAll(() => region?.stop());

const SIGN_IN = '/api/v1/auth/sign-in';
const valid = { email: 'nobody@example.com', password: 'a wrong password' };

interface ProblemBody {
  readonly type: string;
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly { path: string; message: string }[];
}

function expectProblem(answer: Response, status: number, code: string): ProblemBody {
  const body = answer.body as ProblemBody;
  expect([answer.status, body.code]).toEqual([status, code]);
  expect(answer.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.get('x-request-id')).toBe(body.requestId);
  expect(isId(body.requestId)).toBe(true);
  expect(body).toMatchObject({ type: `/problems/${code}`, status });
  expect(answer.get('content-security-policy')).toContain("default-src 'self'");
  return body;
}

const pathsOf = (body: ProblemBody) => body.errors?.map((one) => one.path);

describe('a body', () => {
  it.each([
    ['malformed JSON', '{"email": nope', 'kernel.malformed-json'],
    ['JSON that is not an object', '["a"]', 'kernel.invalid-input'],
    ['nothing', '', 'kernel.invalid-input'],
    [
      'a key that replaces a prototype',
      '{"__proto__": {"isAdmin": true}, "email": "a@example.com", "password": "x"}',
      'kernel.invalid-input',
    ],
    ['nesting without end', `{"email": ${'['.repeat(100_000)}`, 'kernel.invalid-input'],
  ])('of %s is refused', async (_what, body, code) => {
    const answer = await request(url).post(SIGN_IN).set('content-type', 'application/json').send(body);
    expectProblem(answer, 400, code);
  });

  it('never has its text repeated', async () => {
    const answer = await request(url)
      .post(SIGN_IN)
      .set('content-type', 'application/json')
      .send('{"email": marker-7f3a');
    expect(answer.text).not.toContain('marker-7f3a');
  });

  it('with unknown fields is refused with a pointer to each', async () => {
    const answer = await request(url)
      .post(SIGN_IN)
      .send({ ...valid, isAdmin: true, other: 1 });
    expect(pathsOf(expectProblem(answer, 400, 'kernel.invalid-input'))).toEqual(['/isAdmin', '/other']);
  });

  it('with a wrong field is refused with a sentence that does not hold the value', async () => {
    const answer = await request(url)
      .post(SIGN_IN)
      .send({ ...valid, email: 'marker-7f3a' });
    expect(expectProblem(answer, 400, 'kernel.invalid-input').errors).toEqual([
      { path: '/email', message: 'must be an e-mail address' },
    ]);
    expect(answer.text).not.toContain('marker-7f3a');
  });

  it('above the limit is refused', async () => {
    const answer = await request(url)
      .post(SIGN_IN)
      .send({ ...valid, password: 'x'.repeat(257 * 1024) });
    expectProblem(answer, 413, 'kernel.too-large');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
    'of type %s is refused',
    async (type) => {
      expectProblem(
        await request(url).post(SIGN_IN).set('content-type', type).send('email=a'),
        415,
        'kernel.unsupported-media-type',
      );
    },
  );
});

describe('an address', () => {
  it('that does not exist is not found, whatever the body', async () => {
    expectProblem(await request(url).get('/api/v1/nothing'), 404, 'kernel.not-found');
    expectProblem(
      await request(url).post('/nothing').set('content-type', 'application/json').send('{nope'),
      404,
      'kernel.not-found',
    );
  });

  it.each([
    ['a broken escape', '/api/v1/%zz'],
    ['a zero byte', '/%00'],
    ['a part that is too long', `/api/v1/runs/${'x'.repeat(2_000)}`],
  ])('with %s is not found', async (_what, path) => {
    expectProblem(await request(url).get(path), 404, 'kernel.not-found');
  });

  it('says which methods it takes when it is asked with another', async () => {
    const answer = await request(url).put('/api/v1/auth/me').set('content-type', 'text/plain').send('x');
    expectProblem(answer, 405, 'kernel.method-not-allowed');
    expect(answer.get('allow')).toBe('GET, HEAD, PATCH, DELETE');
    expect((await request(url).get(SIGN_IN)).get('allow')).toBe('POST');
  });

  it('answers the same with a slash at its end', async () => {
    expectProblem(await request(url).post(`${SIGN_IN}/`).send(valid), 401, 'identity.wrong-credentials');
    expectProblem(await request(url).get('/api/v1/auth/me/'), 401, 'kernel.not-signed-in');
  });

  it('carries no secret and no field of a body', async () => {
    const secret = await request(url).post(`${SIGN_IN}?password=x`).send(valid);
    expect(pathsOf(expectProblem(secret, 400, 'kernel.invalid-input'))).toEqual(['/password']);
  });
});

describe('every answer', () => {
  it('has an id of our own, whatever the client calls its request', async () => {
    const answer = await request(url).get('/api/v1/auth/me').set('x-request-id', 'mine').set('request-id', 'mine');
    expectProblem(answer, 401, 'kernel.not-signed-in');
  });

  it('carries Helmet’s headers, is not stored and does not say what made it', async () => {
    const answer = await request(url).post(SIGN_IN).send(valid);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': expect.stringContaining('max-age='),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
    });
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.get('content-security-policy')).not.toContain('unsafe');
  });

  it('is a problem even when what arrived is no HTTP', async () => {
    const text = await exchange('NONSENSE\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text).toContain('content-type: application/problem+json');
    expect(text).toContain('content-security-policy: ');
    expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toMatchObject({ code: 'kernel.invalid-input' });
  });

  it('is a problem when the headers are too large', async () => {
    const text = await exchange(`GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(40_000)}\r\n\r\n`);
    expect(JSON.parse(text.split('\r\n\r\n')[1]!)).toMatchObject({ code: 'kernel.too-large' });
  });
});

/** Writes bytes to the edge and reads until it closes. */
function exchange(bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket: Socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('end', () => resolve(text))
      .on('error', reject);
  });
}
