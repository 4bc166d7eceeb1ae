import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyPipeline, cancelRun, readMetric, readRun, startRun } from '@millrace/contracts';
import { systemClock, until } from '@millrace/kernel';
import { connect, everyService, type Journey, runToEnd, startJourney, type Visitor } from '../e2e/journey.js';
import { searchFiles } from './byte-search.js';

/** All markers of a run begin with the same bytes, so that one pass over the disk looks for all of them. */
const stem = `canary${randomBytes(12).toString('hex')}`;
const marker = (what: string) => `${stem}-${what}`;
const markers = {
  plain: marker('plain'),
  key: marker('key'),
  cursor: marker('cursor'),
  rejected: marker('rejected'),
  password: marker('password'),
};
const ROWS = 400_000;
const start = systemClock.now();
const temporaryBefore = new Set(readdirSync(os.tmpdir()));

let journey: Journey;
let owner: Visitor;

const pipeline = (name: string, stream: string, fields: object[], key: string[], metrics: object[] = []) => ({
  version: 1,
  name,
  source: { connection: 'source' },
  target: { connection: 'target', schema: 'public' },
  streams: [{ from: `public.${stream}`, to: `${name}_copy`, key, fields }],
  metrics,
});

beforeAll(async () => {
  journey = await startJourney();
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  await journey.customerSql('postgres', `create role canary login superuser password '${markers.password}'`);
  await journey.customerSql(
    'shop',
    `create table good (id text primary key, note text, changed_at text);
     insert into good select '${markers.key}-' || lpad(i::text, 8, '0'), '${markers.plain}-' || i, '${markers.cursor}-' || i from generate_series(1, 3000) i;
     create table bad (id text primary key, amount text);
     insert into bad select '${markers.key}-' || i, case when i % 100 = 0 then '${markers.rejected}' else i::text end from generate_series(1, 3000) i;
     create table large (id text primary key, note text);
     insert into large select '${markers.key}-' || lpad(i::text, 8, '0'), '${markers.plain}' || i from generate_series(1, ${ROWS}) i`,
  );
  owner = await journey.owner();
  for (const [name, database] of [
    ['source', 'shop'],
    ['target', 'warehouse'],
  ] as const) {
    await connect(journey, owner, name, database, { username: 'canary', password: markers.password });
  }
}, 180_000);
afterAll(() => journey?.stop());

/** Everything that the platform has written anywhere: its cluster, the broker's store, logs, secrets, temporary folders. */
async function searchPlatform() {
  for (const { name } of everyService) await journey.platformSql(name, 'checkpoint');
  const { region, customer } = journey;
  const isElsewhere = (directory: string) =>
    directory === customer.dataDir ||
    directory === path.join(region.directory, 'customer') ||
    (path.dirname(directory) === os.tmpdir() && isOthers(path.basename(directory)) && directory !== region.directory);
  return searchFiles({
    directories: [region.directory, region.postgres.dataDir, os.tmpdir()],
    markers: [stem],
    skip: isElsewhere,
    since: start,
  });
}

/** Temporary directories that were there before this test, that belong to other tests, or that hold jest's cache of this very source. */
function isOthers(name: string): boolean {
  return temporaryBefore.has(name) || name.startsWith('millrace-') || name.startsWith('jest');
}

describe('records and credentials that pass through', () => {
  it('complete a sync with markers in key, plain and cursor columns, and are counted by metrics', async () => {
    const values = [
      { name: 'records', count: true },
      { name: 'notes', distinct: 'note' },
    ];
    // Every record is a group of its own, and each of them is withheld.
    const metrics = [
      { name: 'whole', over: 'public.good', people: 'id', values },
      { name: 'single', over: 'public.good', by: ['changed_at'], people: 'id', values },
    ];
    await owner.call(applyPipeline, {
      name: 'good',
      document: pipeline('good', 'good', [{ from: 'id' }, { from: 'note' }, { from: 'changed_at' }], ['id'], metrics),
    });
    expect(await runToEnd(owner, 'good')).toMatchObject({ state: 'succeeded', counts: { written: 3000 } });
    const whole = await owner.call(readMetric, { name: 'good', metric: 'whole' });
    expect(whole.rows[0]!.values[0]).toBe(3000);
    const single = await owner.call(readMetric, { name: 'good', metric: 'single' });
    expect(single).toMatchObject({ rows: [], suppressedGroups: 3000 });
  });

  it('complete a sync that rejects records, and one that fails on them', async () => {
    const fields = (onFailure: string) => [{ from: 'id' }, { from: 'amount', cast: 'bigint', onFailure }];
    await owner.call(applyPipeline, {
      name: 'rejecting',
      document: pipeline('rejecting', 'bad', fields('reject'), ['id']),
    });
    expect(await runToEnd(owner, 'rejecting')).toMatchObject({ state: 'succeeded', counts: { rejected: 30 } });
    await owner.call(applyPipeline, { name: 'failing', document: pipeline('failing', 'bad', fields('fail'), ['id']) });
    expect(await runToEnd(owner, 'failing')).toMatchObject({ state: 'failed' });
  });

  it('are aborted in the middle of a sync', async () => {
    await owner.call(applyPipeline, {
      name: 'large',
      document: pipeline('large', 'large', [{ from: 'id' }, { from: 'note' }], ['id']),
    });
    const { runId } = await owner.call(startRun, { name: 'large' });
    await until('rows under way', 30_000, async () => (await owner.call(readRun, { runId })).counts.read > 0);
    const cancelled = await owner.call(cancelRun, { runId });
    expect(cancelled.state).toBe('cancelled');
    expect(cancelled.counts.read).toBeLessThan(ROWS);
  });

  it('are in no file of the platform', async () => {
    const report = await searchPlatform();
    expect(report.found).toEqual([]);
    expect(report.files).toBeGreaterThan(1_000);
    expect(report.bytes).toBeGreaterThan(50e6);
  }, 120_000);

  it('would be found if one were there, in text, wide text, hexadecimal or base64', async () => {
    const planted = path.join(journey.region.directory, 'planted');
    for (const encoding of ['utf8', 'utf16le', 'hex', 'base64', 'base64url'] as const) {
      const text = `..${markers.plain}..`;
      writeFileSync(
        planted,
        ['utf8', 'utf16le'].includes(encoding) ? Buffer.from(text, encoding) : Buffer.from(text).toString(encoding),
      );
      const { found } = searchFiles({
        directories: [path.dirname(planted)],
        markers: [stem],
        skip: (directory) => directory !== path.dirname(planted),
      });
      expect(found).toEqual([{ file: planted, marker: stem }]);
    }
    rmSync(planted);
    await journey.platformSql('sync', 'create table planted (v text)');
    await journey.platformSql('sync', 'insert into planted values ($1)', [markers.cursor]);
    expect((await searchPlatform()).found.map((one) => one.file)).toContainEqual(
      expect.stringContaining(journey.region.postgres.dataDir),
    );
  }, 120_000);
});
