import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import request from 'supertest';
import { fakeIdentity, fakeVault, TOKEN } from '../fake-services.fixture.js';
import { definition } from '../index.js';

let region: TestRegion;
let url: string;

/** The modules `sync` and `metrics` are off in this charter. */
beforeAll(async () => {
  region = await startTestRegion({ definitions: [fakeIdentity, fakeVault, definition], charter: 'fluxent' });
  url = region.service('gateway').httpUrl!;
}, 60_000);
afterAll(() => region?.stop());

describe('public pages', () => {
  it.each(['/', '/privacy', '/cookies', '/sub-processors', '/api/docs', '/api/docs/'])(
    '%s needs nothing from elsewhere, no script inside, no cookie',
    async (path) => {
      const { text, headers } = await request(url)
        .get(path)
        .expect(200)
        .expect('content-type', 'text/html; charset=utf-8');
      expect(headers).not.toHaveProperty('set-cookie');
      expect(text).not.toMatch(/(?:src|href|action)="(?:https?:)?\/\//);
      expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=/);
    },
  );

  it('refer to files that exist here', async () => {
    const { text } = await request(url).get('/api/docs').expect(200);
    const files = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
    expect(files).toHaveLength(5);
    for (const file of files) await request(url).get(file).expect(200);
    const script = await request(url).get('/api/docs/swagger-ui-bundle.js').expect(200);
    expect(script.get('cache-control')).toContain('max-age=');
    expect(script.get('content-type')).toContain('javascript');
  });

  it('show none of Swagger UI’s own files that lead elsewhere', async () => {
    for (const file of ['index.html', 'swagger-initializer.js', 'package.json'])
      await request(url).get(`/api/docs/${file}`).expect(404);
  });

  it('explain a problem to people and to machines', async () => {
    const page = await request(url).get('/problems/identity.locked').set('accept', 'text/html,*/*').expect(200);
    expect(page.text).toContain('<h1>Too many wrong passwords</h1>');
    const document = await request(url).get('/problems/identity.locked').expect(200);
    expect(document.body).toMatchObject({ type: '/problems/identity.locked', code: 'identity.locked', status: 429 });
    await request(url).get('/problems/constructor').expect(404);
  });

  it('say so where the promises cannot be looked up, and lead machines to them nevertheless', async () => {
    const { text } = await request(url).get('/promises').expect(503).expect('content-type', 'text/html; charset=utf-8');
    expect(text).toContain('role="alert"');
    const { body } = await request(url).get('/.well-known/privacy-charter.json').expect(200);
    const { charter } = region.service('gateway').runtime;
    expect(body).toMatchObject({ charter: 'fluxent', version: charter.version, digest: `sha256:${charter.digest}` });
    expect(body.documents.map((one: { id: string }) => one.id)).toEqual(['privacy', 'cookies', 'sub-processors']);
    for (const { url: page } of body.documents) await request(url).get(new URL(page).pathname).expect(200);
    expect(body.rights.selfServe).toContainEqual(
      expect.objectContaining({
        right: 'erasure',
        method: 'DELETE',
        url: expect.stringMatching(/\/api\/v1\/auth\/me\/$/),
      }),
    );
  });

  it('take the policy from the charter in force, whatever else is down', async () => {
    const { charter } = region.service('gateway').runtime;
    const { text } = await request(url).get('/privacy').expect(200);
    expect(text).toContain(`<code>${charter.digest}</code>`);
    expect(text).toContain('How long we keep it');
    expect(text.length).toBeGreaterThan(5_000);
  });

  it('list every cookie that the charter registers', async () => {
    const { text } = await request(url).get('/cookies').expect(200);
    for (const name of Object.keys(region.service('gateway').runtime.charter.document.cookies))
      expect(text).toContain(`<td>${name}</td>`);
  });

  it('say that the edge is alive', async () => {
    expect((await request(url).get('/healthz').expect(200)).body).toEqual({ status: 'alive' });
  });
});

describe('a module that the charter switches off', () => {
  it('answers that nothing is there, whoever asks and however', async () => {
    const answer = await request(url).get('/api/v1/connections').set('cookie', `sessionid=${TOKEN}`).expect(404);
    expect(answer.body.code).toBe('kernel.not-found');
    await request(url).get('/api/v1/pipelines').expect(404);
    await request(url).delete('/api/v1/pipelines').expect(404);
  });

  it('is not in the description of the API', async () => {
    const { body } = await request(url)
      .get('/api/openapi.json')
      .expect(200)
      .expect('content-type', 'application/json; charset=utf-8');
    const paths = Object.keys((body as { paths: object }).paths);
    expect(paths).toContain('/api/v1/auth/me');
    expect(paths.filter((path) => /connections|pipelines|runs/.test(path))).toEqual([]);
  });
});
