import { describe, expect, it } from '@jest/globals';
import type { Problem } from '@millrace/kernel';
import type { FastifyRequest } from 'fastify';
import { httpOperations } from './http-operation.js';
import { inputOf } from './operation-input.js';

const named = (name: string) => httpOperations.find((one) => one.name === name)!;
const request = (method: string, parts: { params?: object; query?: object; body?: unknown }) =>
  ({ method, params: {}, query: {}, ...parts }) as unknown as FastifyRequest;

function faultsOf(work: () => unknown): string[] {
  try {
    work();
    return [];
  } catch (error) {
    return ((error as Problem).details.errors ?? []).map((one) => `${one.path} ${one.message}`);
  }
}

describe('the input of an operation', () => {
  it('comes from path and query where there is no body', () => {
    const list = named('sync.run.list');
    expect(inputOf(list, request('GET', { params: { name: 'a' }, query: { limit: '5' } }))).toEqual({
      name: 'a',
      limit: '5',
    });
  });

  it('comes from path and body otherwise', () => {
    const apply = named('sync.pipeline.apply');
    expect(inputOf(apply, request('PUT', { params: { name: 'a' }, body: { document: {} } }))).toEqual({
      name: 'a',
      document: {},
    });
    expect(inputOf(named('compliance.me.erase'), request('DELETE', { body: { password: 'x' } }))).toEqual({
      password: 'x',
    });
  });

  it.each([
    [
      'a field of the path in the body',
      'sync.pipeline.apply',
      'PUT',
      { params: { name: 'a' }, body: { name: 'b' } },
      '/name is given by the address; leave it out',
    ],
    [
      'a field of the path in the query',
      'sync.run.list',
      'GET',
      { params: { name: 'a' }, query: { name: 'b' } },
      '/name is given by the address; leave it out',
    ],
    [
      'a query beside a body',
      'identity.sign-in',
      'POST',
      { query: { email: 'x' }, body: {} },
      '/email is not read from the address; send it in the body',
    ],
    [
      'a query where a body belongs',
      'identity.sign-in',
      'POST',
      { query: { email: 'x' } },
      '/email is not read from the address; send it in the body',
    ],
    [
      'a device that the caller makes up',
      'identity.sign-in',
      'POST',
      { body: { email: 'x', device: 'a trusted phone' } },
      '/device is taken from your browser; leave it out',
    ],
    [
      'a secret in the address',
      'compliance.me.erase',
      'DELETE',
      { query: { password: 'x' } },
      '/password must be sent in the body, never in the address',
    ],
    ['a body that is no object', 'identity.sign-in', 'POST', { body: ['x'] }, ' must be a JSON object'],
  ])('refuses %s', (_what, name, method, parts, fault) => {
    expect(faultsOf(() => inputOf(named(name), request(method, parts)))).toEqual([fault]);
  });
});
