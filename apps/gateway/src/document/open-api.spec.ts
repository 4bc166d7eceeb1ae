import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Charter, loadCharter } from '@millrace/charter';
import { allows, problemKinds } from '@millrace/contracts';
import { httpOperations, pathsOf } from '../operation/http-operation.js';
import { openApi } from './open-api.js';

interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: string[];
  readonly security: Record<string, string[]>[];
  readonly parameters: { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: {
    content: Record<string, { schema: { properties: Record<string, object>; additionalProperties: boolean } }>;
  };
  readonly responses: Record<
    string,
    { description: string; content: Record<string, { schema: { properties?: Record<string, object> } }> }
  >;
}

function charter(name: string): Charter {
  const file = path.resolve(import.meta.dirname, '../../../../deploy/charters', `${name}.yaml`);
  return loadCharter(readFileSync(file, 'utf8'), path.basename(file));
}

let document: {
  openapi: string;
  paths: Record<string, Record<string, Described>>;
  tags: { name: string }[];
  components: { securitySchemes: Record<string, object> };
};
let described: Described[];

beforeAll(() => {
  // As if every module were on: no shipped charter has all of them.
  const every = Object.create(charter('dataflow-xpert'), { isOn: { value: () => true } }) as Charter;
  document = JSON.parse(JSON.stringify(openApi(every)));
  described = Object.values(document.paths).flatMap((one) => Object.values(one));
});

const of = (id: string) => described.find((one) => one.operationId === id)!;

describe('the description of the API', () => {
  it('holds every operation with a route and nothing else', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(described.map((one) => one.operationId).sort()).toEqual(
      httpOperations.flatMap((one) => pathsOf(one).map(() => one.name)).sort(),
    );
    expect(new Set(described.map((one) => one.operationId)).size).toBe(described.length);
  });

  it('says of each what it is for, who may, what comes back and what may go wrong', () => {
    const schemes = Object.keys(document.components.securitySchemes);
    const tags = document.tags.map((one) => one.name);
    for (const operation of httpOperations) {
      const one = of(operation.name);
      expect(one.summary).toBe(operation.summary);
      expect(tags).toEqual(expect.arrayContaining(one.tags));
      expect(one.security.length > 0).toBe(!allows(operation.access, { kind: 'public' }));
      expect(schemes).toEqual(expect.arrayContaining(one.security.flatMap(Object.keys)));
      expect(one.responses).toHaveProperty(String(operation.http.status ?? 200));
      const codes = Object.values(one.responses).flatMap(({ description }) =>
        [...description.matchAll(/`([a-z-]+\.[a-z-]+)`/g)].map(([, code]) => code!),
      );
      expect(codes).toEqual(expect.arrayContaining(operation.errors.map((kind) => kind.code)));
      expect(codes.filter((code) => !problemKinds[code])).toEqual([]);
    }
  });

  it('gives every parameter of a path its place', () => {
    for (const [template, methods] of Object.entries(document.paths)) {
      const inTemplate = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const one of Object.values(methods)) {
        const inPath = one.parameters.filter((parameter) => parameter.in === 'path');
        expect(inPath.map((parameter) => parameter.name)).toEqual(inTemplate);
        expect(inPath.every((parameter) => parameter.required)).toBe(true);
      }
    }
  });

  it('refers to nothing that it does not hold', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference);
    expect(new Set(references)).toEqual(new Set(['#/components/schemas/Problem']));
  });

  it('keeps the session out of the body and the secret out of the query', () => {
    const signIn = of('identity.sign-in');
    expect(Object.keys(signIn.responses['200']!.content['application/json']!.schema.properties!)).toEqual([
      'userId',
      'orgId',
    ]);
    expect(JSON.stringify(signIn.responses['200'])).not.toContain('session"');
    const erase = of('compliance.me.erase');
    expect(erase.parameters).toEqual([]);
    expect(erase.requestBody!.content['application/json']!.schema.properties).toEqual({
      password: expect.objectContaining({ format: 'password', writeOnly: true, 'x-classification': 'secret' }),
      secondFactor: expect.objectContaining({ format: 'password', writeOnly: true, 'x-classification': 'secret' }),
    });
    // Which browser asks, the gateway says.
    const finish = of('identity.staff.finish').requestBody!.content['application/json']!.schema.properties;
    expect(Object.keys(finish)).toEqual(['answer']);
  });

  it('shows queries, streams and texts as what they are', () => {
    expect(of('sync.run.list').parameters).toEqual([
      expect.objectContaining({ name: 'name', in: 'path' }),
      expect.objectContaining({ name: 'before', in: 'query', required: false }),
      expect.objectContaining({ name: 'limit', in: 'query', required: false }),
    ]);
    expect(Object.keys(of('sync.run.watch').responses['200']!.content)).toEqual(['text/event-stream']);
    expect(Object.keys(of('compliance.ledger.checkpoint').responses['200']!.content)).toEqual(['text/plain']);
    expect(of('sync.pipeline.apply').requestBody!.content['application/json']!.schema.properties).toEqual({
      document: expect.objectContaining({ description: 'Any JSON' }),
    });
  });

  it('leaves out the modules that a charter switches off', () => {
    const paths = Object.keys((openApi(charter('fluxent')) as typeof document).paths);
    expect(paths).toContain('/api/v1/auth/me');
    expect(paths.filter((one) => /connections|pipelines|runs/.test(one))).toEqual([]);
  });
});
