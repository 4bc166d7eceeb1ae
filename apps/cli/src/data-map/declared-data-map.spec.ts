import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadCharter } from '@millrace/charter';
import { type DataMap, dataMapJsonSchemaText, DataMapSchema, dataMapUnder, diffDataMaps } from '@millrace/privacy';
import { z } from 'zod';
import { shippedCharters } from '../region/charters.js';
import { chartersFolder, projectRoot } from '../region/project.js';
import { regionServices } from '../region/service-packages.js';
import { declaredDataMap, declaredDataMapText } from './declared-data-map.js';

const committed = (name: string) => readFileSync(path.join(projectRoot, 'docs/reference', name), 'utf8');

let declared: DataMap;
beforeAll(async () => {
  declared = await declaredDataMap();
});

describe('the data map of the product', () => {
  it('is committed, so that a review sees what services begin to hold', async () => {
    expect(complaintAbout(committed('data-map.json'), await declaredDataMapText())).toBeUndefined();
  });

  it('is said to be out of date with what changed for people and how to write it anew', () => {
    const after = structuredClone(declared);
    const { tables } = after.services.find(({ service }) => service === 'gateway')!;
    tables.find(({ table }) => table === 'access_log')!.columns[0]!.purposes.push('marketing');
    const complaint = complaintAbout(committed('data-map.json'), JSON.stringify(after));
    expect(complaint).toContain('npm run write-data-map');
    expect(complaint).toContain('Used for one thing more, marketing: gateway.access_log.address.');
    expect(complaintAbout('{}', JSON.stringify(after))).toContain('npm run write-data-map');
  });

  it('has a published JSON Schema that is up to date (npm run write-data-map)', () => {
    expect(committed('data-map.schema.json')).toBe(dataMapJsonSchemaText());
  });

  it('is of every service, with the tables that each of them has', () => {
    expect(declared.services.map(({ service }) => service)).toEqual([...regionServices].sort());
    for (const { tables } of declared.services) expect(tables.map(({ table }) => table)).toContain('audit_outbox');
  });

  it.each(shippedCharters())('passes its published schema under %s, and nothing else does', (name) => {
    const charter = loadCharter(readFileSync(path.join(chartersFolder, `${name}.yaml`), 'utf8'), name);
    const published = z.fromJSONSchema(JSON.parse(committed('data-map.schema.json')));
    const map = dataMapUnder(charter, declared);
    expect(published.safeParse(map).error).toBeUndefined();
    expect(DataMapSchema.safeParse(map).error).toBeUndefined();
    const strange = structuredClone(map) as unknown as Record<string, unknown>;
    strange['extra'] = 1;
    expect(published.safeParse(strange).success).toBe(false);
  });
});

/** What a reader of a failing test has to know; undefined when both are the same. */
function complaintAbout(file: string, made: string): string | undefined {
  if (file === made) return undefined;
  const [before, after] = [file, made].map((text) => DataMapSchema.safeParse(JSON.parse(text)).data);
  const changes = before && after ? diffDataMaps(before, after).changes.map(({ sentence }) => sentence) : [];
  return [
    'docs/reference/data-map.json is not what tables declare; write it anew: npm run write-data-map',
    ...changes,
  ].join('\n');
}
