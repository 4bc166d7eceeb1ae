import { appendFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { applyPipeline, checkConnection, createConnection, discoverConnection } from '@millrace/contracts';
import { scratchDirectory } from '@millrace/testing';
import { connect, type Journey, runToEnd, startJourney, type Visitor } from './journey.js';

const COUNT = 50_000;
/** Beyond what a double holds. */
const BIG = '9007199254740993';

let journey: Journey;
let owner: Visitor;
const scratch = scratchDirectory();
const folderOf = (visitor: Visitor) => path.join(scratch.path, visitor.orgId);

beforeAll(async () => {
  journey = await startJourney({ config: { files: { directories: [{ name: 'inbox', path: scratch.path }] } } });
  await journey.customerSql('postgres', 'create database warehouse');
  owner = await journey.owner();
  mkdirSync(folderOf(owner));
  const lines = Array.from({ length: COUNT }, (_, index) => {
    const id = index === 0 ? BIG : String(index);
    return `${id},"Zoë ""${index}"", 𝔘",0.1000000000000000000${1 + (index % 9)},1990-01-0${1 + (index % 9)},secret ${index}\r\n`;
  });
  writeFileSync(path.join(folderOf(owner), 'people.csv'), `id,name,score,born,notes\r\n${lines.join('')}`);
  await connect(journey, owner, 'warehouse', 'warehouse');
  await filesOf(owner, 'csv', 'files', {
    streams: { 'people.csv': { key: ['id'], types: { id: 'bigint', score: 'numeric', born: 'date' } } },
  });
  await filesOf(owner, 'ndjson', 'export', {});
}, 120_000);
afterAll(async () => {
  await journey?.stop();
  scratch[Symbol.dispose]();
});

async function filesOf(visitor: Visitor, provider: 'csv' | 'ndjson', name: string, settings: object): Promise<string> {
  const config = { directory: 'inbox', ...settings };
  return (await visitor.call(createConnection, { name, provider, config })).connectionId;
}

const load = {
  version: 1,
  name: 'load',
  source: { connection: 'files' },
  target: { connection: 'warehouse' },
  streams: [
    {
      from: 'people.csv',
      to: 'people',
      key: ['id'],
      fields: [{ from: 'id' }, { from: 'name' }, { from: 'score' }, { from: 'born' }, { from: 'notes', drop: true }],
    },
  ],
};

const unload = {
  version: 1,
  name: 'unload',
  source: { connection: 'warehouse' },
  target: { connection: 'export' },
  streams: [
    {
      from: 'public.people',
      to: 'people',
      mode: 'replace',
      fields: [{ from: 'id' }, { from: 'name' }, { from: 'score' }, { from: 'born' }],
    },
  ],
};

const exported = () =>
  readFileSync(path.join(folderOf(owner), 'people.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');

describe('files', () => {
  it('are discovered with the types that the settings give', async () => {
    const connectionId = await filesOf(owner, 'csv', 'looked at', {
      streams: { 'people.csv': { key: ['id'], types: { id: 'bigint' } } },
    });
    expect(await owner.call(checkConnection, { connectionId })).toMatchObject({ reachable: true });
    const { streams } = await owner.call(discoverConnection, { connectionId });
    expect(streams).toEqual([
      {
        stream: 'people.csv',
        key: ['id'],
        fields: [
          { name: 'id', type: 'bigint', nullable: false, privacy: 'none' },
          ...['name', 'score', 'born', 'notes'].map((name) => ({
            name,
            type: 'text',
            nullable: true,
            privacy: 'none',
          })),
        ],
      },
    ]);
  });

  it('flow into PostgreSQL with every digit and character, and again without a change', async () => {
    await owner.call(applyPipeline, { name: 'load', document: load });
    const first = await runToEnd(owner, 'load');
    expect(first).toMatchObject({ state: 'succeeded', counts: { read: COUNT, inserted: COUNT, rejected: 0 } });
    const rows = await journey.customerSql(
      'warehouse',
      `select id::text, name, score::text, born::text from people where id = ${BIG}`,
    );
    expect(rows).toEqual([{ id: BIG, name: 'Zoë "0", 𝔘', score: '0.10000000000000000001', born: '1990-01-01' }]);
    appendFileSync(path.join(folderOf(owner), 'people.csv'), '777777,late,1,2000-01-01,\r\n');
    const second = await runToEnd(owner, 'load');
    expect(second.counts).toMatchObject({ read: COUNT + 1, unchanged: COUNT, inserted: 1, updated: 0 });
  });

  it('are written from PostgreSQL, one step from the old set to the new', async () => {
    await owner.call(applyPipeline, { name: 'unload', document: unload });
    const run = await runToEnd(owner, 'unload');
    expect(run).toMatchObject({ state: 'succeeded', counts: { read: COUNT + 1, inserted: COUNT + 1 } });
    const lines = exported();
    expect(lines).toHaveLength(COUNT + 1);
    expect(lines.at(-1)).toBe(
      `{"id":${BIG},"name":"Zoë \\"0\\", 𝔘","score":0.10000000000000000001,"born":"1990-01-01"}`,
    );
    await journey.customerSql('warehouse', 'delete from people where id <> 777777');
    expect(await runToEnd(owner, 'unload')).toMatchObject({ state: 'succeeded' });
    expect(exported()).toEqual(['{"id":777777,"name":"late","score":1,"born":"2000-01-01"}']);
    expect(readdirSync(folderOf(owner)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('are appended to', async () => {
    const document = { ...unload, name: 'append', streams: [{ ...unload.streams[0]!, to: 'log', mode: 'append' }] };
    await owner.call(applyPipeline, { name: 'append', document });
    for (const expected of [1, 2]) {
      expect(await runToEnd(owner, 'append')).toMatchObject({ state: 'succeeded', counts: { inserted: 1 } });
      const text = readFileSync(path.join(folderOf(owner), 'log.ndjson'), 'utf8');
      expect(text.trimEnd().split('\n')).toHaveLength(expected);
    }
  });

  it('take no update by key, and the document says so', async () => {
    const document = { ...unload, name: 'upsert', streams: [{ ...unload.streams[0]!, mode: 'upsert', key: ['id'] }] };
    const answer = await owner.send(applyPipeline, { name: 'upsert', document });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        errors: [
          { path: '/document/streams/0/mode', message: 'This target takes records by append and replace only.' },
        ],
      },
    });
  });

  it('fail a run at a malformed record, naming which one and repeating nothing of it', async () => {
    writeFileSync(path.join(folderOf(owner), 'bad.csv'), 'id,name\n1,fine\n2,marker-value,too many\n');
    await filesOf(owner, 'csv', 'bad', { streams: { 'bad.csv': { key: ['id'] } } });
    const stream = { from: 'bad.csv', to: 'bad', key: ['id'], fields: [{ from: 'id' }, { from: 'name' }] };
    await owner.call(applyPipeline, {
      name: 'bad',
      document: { ...load, name: 'bad', source: { connection: 'bad' }, streams: [stream] },
    });
    const run = await runToEnd(owner, 'bad');
    expect(run).toMatchObject({ state: 'failed', failure: { code: 'connector.record-malformed' } });
    expect(run.failure!.detail).toContain('Record 2 of "bad.csv"');
    expect(JSON.stringify(run)).not.toContain('marker');
  });

  it('of one organization are not there for another, whatever its connection says', async () => {
    const other = await journey.owner();
    const connectionId = await filesOf(other, 'csv', 'theirs', {});
    expect(await other.call(discoverConnection, { connectionId })).toEqual({ streams: [] });
    for (const folder of [`../${owner.orgId}`, '..', '/etc', 'a/../..', 'a\\..']) {
      const config = { directory: 'inbox', folder };
      const answer = await other.send(createConnection, { name: 'escape', provider: 'csv', config });
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: '/config/folder' }] } });
    }
    symlinkSync(folderOf(owner), path.join(folderOf(other), 'link'));
    const linked = await filesOf(other, 'csv', 'linked', { folder: 'link' });
    const answer = await other.send(checkConnection, { connectionId: linked });
    expect(answer).toMatchObject({ status: 502, body: { code: 'sync.connection-failed' } });
  });

  it('lie only in directories that the operator offers', async () => {
    const answer = await owner.send(createConnection, { name: 'no', provider: 'csv', config: { directory: 'etc' } });
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ path: '/config/directory', message: expect.stringContaining('operator offers') }] },
    });
  });
});
