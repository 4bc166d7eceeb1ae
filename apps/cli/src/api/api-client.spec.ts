import { describe, expect, it } from '@jest/globals';
import { applyPipeline, eraseMe, listRuns, operations, readRun, signUp } from '@millrace/contracts';
import { requestOf } from './api-client.js';

describe('a request', () => {
  it('puts each field where its operation wants it', () => {
    expect(requestOf(applyPipeline, { name: 'a b/c', document: { version: 1 } })).toEqual({
      method: 'PUT',
      route: '/api/v1/pipelines/a%20b%2Fc',
      body: '{"document":{"version":1}}',
    });
    expect(requestOf(listRuns, { name: 'places', limit: 7 })).toEqual({
      method: 'GET',
      route: '/api/v1/pipelines/places/runs?limit=7',
      body: undefined,
    });
    expect(requestOf(readRun, { runId: 'x' })).toEqual({ method: 'GET', route: '/api/v1/runs/x', body: undefined });
  });

  it('never puts a secret into the address', () => {
    expect(requestOf(eraseMe, { password: 'quiet river' })).toEqual({
      method: 'DELETE',
      route: '/api/v1/auth/me',
      body: '{"password":"quiet river"}',
    });
  });

  it('leaves out what is undefined', () => {
    expect(requestOf(signUp, { email: 'a@example.com', name: undefined }).body).toBe('{"email":"a@example.com"}');
  });

  it('can be made for every operation that has a route', () => {
    const routed = [...operations.values()].filter(({ http }) => http);
    expect(routed.length).toBeGreaterThan(20);
    for (const operation of routed) {
      const fields = [...operation.http!.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name!, 'value']);
      const { method, route } = requestOf(operation, Object.fromEntries(fields));
      expect([method, route]).toEqual([operation.http!.method, expect.stringMatching(/^\/api\/v1\/[\w/.-]+$/)]);
    }
  });
});
