import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  cancelRun,
  comparePipeline,
  previewInfo,
  previewPipeline,
  readMetric,
  readReceipt,
  readRun,
  replayRun,
  startRun,
} from '@millrace/contracts';
import { fromBase64url, generateLeaseKeyPair, openSealed } from '@millrace/crypto';
import { systemClock, until } from '@millrace/kernel';
import {
  connect,
  evidenceOfRuns,
  everyService,
  type Journey,
  runToEnd,
  startJourney,
  type Visitor,
  wholeRuns,
} from '../e2e/journey.js';
import { searchFiles } from './byte-search.js';

/** All markers of a run begin with the same bytes, so that one pass over the disk looks for all of them. */
const stem = `canary${randomBytes(12).toString('hex')}`;
/** The mapping of a preview makes them capitals. */
const stems = [stem, stem.toUpperCase()];
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
/** Everything that the platform answered to the owner. */
const answers: string[] = [];

const fieldsOf = (...names: string[]) => names.map((from) => ({ from }));

function pipeline(name: string, stream: string, change: Record<string, unknown> = {}) {
  const fields = fieldsOf('id', 'note', 'changed_at');
  return {
    version: 1,
    name,
    source: { connection: 'source' },
    target: { connection: 'target', schema: 'public' },
    streams: [{ from: `public.${stream}`, to: `${name}_copy`, key: ['id'], fields, ...change }],
  };
}

const apply = (name: string, stream: string, change?: Record<string, unknown>) =>
  owner.call(applyPipeline, { name, document: pipeline(name, stream, change) });

const ended = (runId: string) =>
  until('the end of the run', 30_000, async () => {
    const run = await owner.call(readRun, { runId });
    return run.endedAt ? run : undefined;
  });

/** Every way of reading and writing a stream, by the pipeline that does so. */
const ways: Record<string, Record<string, unknown>> = {
  upserted: {},
  appended: { mode: 'append', key: [], read: { cursor: 'changed_at' } },
  replaced: { mode: 'replace' },
  corrected: { mode: 'update' },
  advancing: { read: { cursor: 'changed_at' } },
  mirrored: { deletes: 'remove' },
  followed: { read: 'changes', deletes: 'remove' },
};

/** Runs every way at the same time; answers their counts. */
async function runAll() {
  const runs = await Promise.all(Object.keys(ways).map(async (name) => [name, await runToEnd(owner, name)] as const));
  for (const [name, { state, failure }] of runs)
    expect({ name, state, failure }).toEqual({ name, state: 'succeeded', failure: undefined });
  return Object.fromEntries(runs.map(([name, { counts }]) => [name, counts]));
}

beforeAll(async () => {
  journey = await startJourney({ customerSettings: { wal_level: 'logical' } });
  for (const database of ['shop', 'warehouse']) await journey.customerSql('postgres', `create database ${database}`);
  await journey.customerSql('postgres', `create role canary login superuser password '${markers.password}'`);
  await journey.customerSql(
    'shop',
    `create table good (id text primary key, note text, changed_at text not null);
     insert into good select '${markers.key}-' || lpad(i::text, 8, '0'), '${markers.plain}-' || i, '${markers.cursor}-' || lpad(i::text, 8, '0') from generate_series(1, 3000) i;
     create table bad (id text primary key, amount text);
     insert into bad select '${markers.key}-' || i, case when i % 100 = 0 then '${markers.rejected}' else i::text end from generate_series(1, 3000) i;
     create table large (id text primary key, note text);
     insert into large select '${markers.key}-' || lpad(i::text, 8, '0'), '${markers.plain}' || i from generate_series(1, ${ROWS}) i`,
  );
  await journey.customerSql(
    'warehouse',
    `create table corrected_copy (id text primary key, note text, changed_at text);
     insert into corrected_copy values ('${markers.key}-00000001', '${markers.plain}-old', '');
     create table refusing_copy (id text primary key, amount text constraint numbers check (amount not like 'canary%'))`,
  );
  owner = listenedTo(await journey.owner());
  for (const [name, database] of [
    ['source', 'shop'],
    ['target', 'warehouse'],
  ] as const) {
    await connect(journey, owner, name, database, { username: 'canary', password: markers.password });
  }
}, 180_000);
afterAll(() => journey?.stop());

function listenedTo(visitor: Visitor): Visitor {
  const raw = visitor.raw.bind(visitor);
  visitor.raw = async <T>(...request: Parameters<typeof raw>) => {
    const answer = await raw<T>(...request);
    answers.push(JSON.stringify(answer.body));
    return answer;
  };
  return visitor;
}

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
    markers: stems,
    skip: isElsewhere,
    since: start,
  });
}

/** Temporary directories that were there before this test, that belong to other tests, or that hold jest's cache of this very source. */
function isOthers(name: string): boolean {
  return temporaryBefore.has(name) || name.startsWith('millrace-') || name.startsWith('jest');
}

describe('records and credentials that pass through', () => {
  it('are moved in every way, with markers in key, plain and cursor columns', async () => {
    for (const [name, change] of Object.entries(ways)) await apply(name, 'good', change);
    const first = await runAll();
    expect(first).toMatchObject({
      upserted: { inserted: 3_000 },
      corrected: { updated: 1, rejected: 2_999 },
      followed: { inserted: 3_000 },
    });
    await journey.customerSql(
      'shop',
      `update good set note = note || '-again', changed_at = '${markers.cursor}-1' || substr(id, length(id) - 6) where id like '%5';
       delete from good where id like '%77'`,
    );
    expect(await runAll()).toMatchObject({
      upserted: { updated: 300 },
      appended: { inserted: 300 },
      replaced: { inserted: 2_970 },
      advancing: { updated: 300 },
      mirrored: { updated: 300, deleted: 30 },
      followed: { read: 330, deleted: 30 },
    });
  });

  it('are counted by metrics', async () => {
    const values = [
      { name: 'records', count: true },
      { name: 'notes', distinct: 'note' },
    ];
    // Every record is a group of its own, and each of them is withheld.
    const metrics = [
      { name: 'whole', over: 'public.good', people: 'id', values },
      { name: 'single', over: 'public.good', by: ['changed_at'], people: 'id', values },
    ];
    await owner.call(applyPipeline, { name: 'measured', document: { ...pipeline('measured', 'good'), metrics } });
    expect(await runToEnd(owner, 'measured')).toMatchObject({ state: 'succeeded', counts: { written: 2_970 } });
    const whole = await owner.call(readMetric, { name: 'measured', metric: 'whole' });
    expect(whole.rows[0]!.values[0]).toBe(2_970);
    const single = await owner.call(readMetric, { name: 'measured', metric: 'single' });
    expect(single).toMatchObject({ rows: [], suppressedGroups: 2_970 });
  });

  it('are compared', async () => {
    await journey.customerSql(
      'warehouse',
      `update mirrored_copy set note = '${markers.plain}-other' where id like '%11'; delete from mirrored_copy where id like '%22'`,
    );
    const { runId } = await owner.call(comparePipeline, { name: 'mirrored' });
    expect((await ended(runId)).streams[0]!.comparison).toMatchObject({ changed: 30, missing: 30, extra: 0 });
  });

  it('are shown before and after the mapping to whoever asks, and to nobody else', async () => {
    const pair = await generateLeaseKeyPair();
    const document = pipeline('shown', 'good', {
      fields: [...fieldsOf('id'), { from: 'note', steps: [{ case: 'upper' }] }],
    });
    const ask = { document, records: 5, publicKey: pair.publicKey };
    const { sealed, stream } = await owner.call(previewPipeline, ask);
    const opened = await openSealed(pair, fromBase64url(sealed)!, previewInfo(stream));
    expect(opened.toString()).toContain(markers.plain);
    expect(opened.toString()).toContain(markers.plain.toUpperCase());
  });

  it('are rejected by the mapping and by the target, and moved again', async () => {
    const casting = (onFailure: string) => [{ from: 'id' }, { from: 'amount', cast: 'bigint', onFailure }];
    await apply('rejecting', 'bad', { fields: casting('reject') });
    const rejecting = await runToEnd(owner, 'rejecting');
    expect(rejecting).toMatchObject({ state: 'succeeded', counts: { rejected: 30 } });
    await apply('refusing', 'bad', { fields: fieldsOf('id', 'amount') });
    const refusing = await runToEnd(owner, 'refusing');
    expect(refusing).toMatchObject({ state: 'succeeded', counts: { rejected: 30 } });
    await apply('failing', 'bad', { fields: casting('fail') });
    expect(await runToEnd(owner, 'failing')).toMatchObject({ state: 'failed' });
    await journey.customerSql('shop', `update bad set amount = '7' where id like '%500'`);
    for (const { runId } of [rejecting, refusing]) {
      const again = await owner.call(replayRun, { runId });
      expect(await ended(again.runId)).toMatchObject({ state: 'succeeded', counts: { inserted: 3, rejected: 27 } });
    }
  });

  it('are aborted in the middle of a sync', async () => {
    await apply('large', 'large', { fields: fieldsOf('id', 'note') });
    const { runId } = await owner.call(startRun, { name: 'large' });
    await until('rows under way', 30_000, async () => (await owner.call(readRun, { runId })).counts.read > 0);
    const cancelled = await owner.call(cancelRun, { runId });
    expect(cancelled.state).toBe('cancelled');
    expect(cancelled.counts.read).toBeLessThan(ROWS);
  });

  it('went by their documents, moved what those select, and left their results', async () => {
    expect(await evidenceOfRuns(journey)).toEqual(wholeRuns);
  });

  it('are in no answer to the owner, receipts included', async () => {
    const runs = await journey.platformSql<{ runId: string }>('sync', 'select id as "runId" from run');
    for (const { runId } of runs) await owner.call(readReceipt, { runId });
    expect(runs.length).toBeGreaterThan(2 * Object.keys(ways).length);
    expect(answers.length).toBeGreaterThan(runs.length);
    expect(answers.filter((answer) => answer.toLowerCase().includes(stem))).toEqual([]);
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
