import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chart, helm, type Manifest, regions, render } from './release.js';
import { typeFaults } from './unknown-keys.js';

interface Model {
  validate(): void;
}

async function validate(object: Manifest): Promise<void> {
  const kinds = (await import(`kubernetes-models/${object.apiVersion}/${object.kind}`)) as Record<
    string,
    new (data: Manifest) => Model
  >;
  new kinds[object.kind]!(object).validate();
}

describe.each(regions)('the chart with the values of %s', (region) => {
  let objects: Manifest[];
  beforeAll(() => {
    objects = render(region);
  });

  it('passes the strict linter of helm', () => {
    const { status, output } = helm(['lint', '--strict', chart, '--values', `deploy/regions/${region}.yaml`]);
    expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining('0 chart(s) failed') });
  });

  it('renders objects that Kubernetes takes', async () => {
    for (const object of objects) await validate(object);
    expect(objects.length).toBeGreaterThan(30);
  });

  it('renders nothing twice, and the same each time', () => {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(render(region)).toEqual(objects);
  });

  it('puts the region’s label on every object', () => {
    expect(objects.map(({ metadata }) => metadata.labels['residency/region'])).toEqual(objects.map(() => region));
  });

  it('makes no Secret, grants no right in the cluster and runs no hook', () => {
    const kinds = [...new Set(objects.map(({ kind }) => kind))].sort();
    const text = JSON.stringify(objects);
    expect(kinds).toEqual([
      'ConfigMap',
      'Deployment',
      'Job',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ]);
    expect(text).not.toContain('helm.sh/hook');
  });
});

describe('the check of keys', () => {
  let objects: Manifest[];
  beforeAll(() => {
    objects = regions.flatMap((region) => render(region));
  });

  it('finds none that Kubernetes does not know', () => {
    expect(typeFaults(objects)).toEqual([]);
  });

  it('would find one, however deep, and a value of another type', () => {
    const text = JSON.stringify(objects.filter(({ kind }) => kind === 'Deployment').slice(0, 1));
    const misspelt = JSON.parse(text.replace('"readOnlyRootFilesystem"', '"readOnlyRootFileSystem"')) as Manifest[];
    const mistyped = JSON.parse(text.replace('"failureThreshold":60', '"failureThreshold":"60"')) as Manifest[];
    expect(typeFaults(misspelt)).toEqual([expect.stringContaining('readOnlyRootFileSystem')]);
    expect(typeFaults(mistyped)).toEqual([expect.stringContaining('not assignable')]);
  });
});

describe('the schema of the values', () => {
  type Schema = { readonly [key: string]: unknown };
  const schema = JSON.parse(readFileSync(path.join(chart, 'values.schema.json'), 'utf8')) as Schema;

  function* schemasIn(value: unknown, at = '#'): Generator<[string, Schema]> {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) yield [at, value as Schema];
    for (const [key, inner] of Object.entries(value)) yield* schemasIn(inner, `${at}/${key}`);
  }

  it('is closed at every level; only labels and groups have names of their own, and a pattern for what they may be', () => {
    const open = [...schemasIn(schema)].filter(
      ([, one]) => one.type === 'object' && one.additionalProperties !== false,
    );
    expect(open.map(([at]) => at).sort()).toEqual([
      '#/definitions/peer/oneOf/1/properties/podLabels',
      '#/properties/staff/properties/groups',
    ]);
    for (const [, one] of open)
      expect(one).toMatchObject({
        propertyNames: { pattern: expect.any(String) },
        additionalProperties: { type: 'string' },
      });
  });

  it('says of every property what it is, so that none takes anything', () => {
    const loose = [...schemasIn(schema)].filter(
      ([at, one]) => /\/properties\/[^/]+$/.test(at) && !one.type && !one.$ref && !one.enum,
    );
    expect(loose.map(([at]) => at)).toEqual([]);
  });

  it('refers to nothing outside itself and knows `global`', () => {
    const references = [...schemasIn(schema)].flatMap(([, one]) => (typeof one.$ref === 'string' ? [one.$ref] : []));
    expect(references.filter((reference) => !reference.startsWith('#/definitions/'))).toEqual([]);
    expect(schema.properties).toHaveProperty('global');
  });
});
