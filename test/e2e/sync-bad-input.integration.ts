import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  applyPipeline,
  cancelRun,
  checkConnection,
  createConnection,
  deletePipeline,
  discoverConnection,
  readPipeline,
  readReceipt,
  readRun,
  revokeConnection,
  startRun,
  watchRun,
} from '@millrace/contracts';
import { freePort, type PostgresServer, startPostgres, THROWAWAY } from '@millrace/embedded';
import { isId, Secret, until } from '@millrace/kernel';
import pg from 'pg';
import {
  type Answer,
  connect,
  customerPassword,
  type Journey,
  runToEnd,
  startJourney,
  type Visitor,
} from './journey.js';

/** Rows of one batch, as the worker reads them; it takes in what the socket's last chunk holds beyond them. */
const BATCH = 20_000;
const ROWS = 4 * BATCH;
/** What was typed, stored or sent here and must turn up in no log and no answer. */
const marker = 'marker7f3a91';
/** Rows of a table so broad that the worker cannot hold all of it at once: a source that breaks off is felt. */
const BROAD_ROWS = 40_000;
const BROAD_SQL = `create table broad (id bigint primary key, amount text not null, note text not null);
  insert into broad select i, case when i % 10000 = 1 then '${marker}-' || i else i::text end, repeat('x', 1500)
    from generate_series(1, ${BROAD_ROWS}) i`;

let journey: Journey;
let owner: Visitor;
/** A customer's server that goes away and comes back. */
let elsewhere: PostgresServer;

beforeAll(async () => {
  journey = await startJourney();
  await journey.customerSql('postgres', 'create database shop');
  await journey.customerSql('postgres', 'create database warehouse');
  await journey.customerSql(
    'shop',
    `create table item (id bigint primary key, amount text not null, code uuid not null default gen_random_uuid(), note text);
     insert into item (id, amount) select i, case when i % 10000 = 1 then '${marker}-' || i else i::text end from generate_series(1, ${ROWS}) i;
     create table wrong (id bigint primary key, amount text);
     insert into wrong select i, '${marker}-' || i from generate_series(1, 10001) i`,
  );
  owner = await journey.owner();
  await connect(journey, owner, 'shop', 'shop');
  await connect(journey, owner, 'warehouse', 'warehouse');
}, 120_000);
afterAll(async () => {
  await elsewhere?.stop('immediate');
  await journey?.stop();
});

type ProblemBody = Record<'detail' | 'requestId', string> & { errors?: { path: string; message: string }[] };

function expectProblem(answer: Answer<unknown>, status: number, code: string): ProblemBody {
  const body = answer.body as ProblemBody;
  expect(body).toMatchObject({ type: `/problems/${code}`, code, status });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(isId(body.requestId)).toBe(true);
  expect(body.detail).toMatch(/^\S.{10,}\./);
  expect(JSON.stringify(body)).not.toContain(marker);
  return body;
}

const fields = [{ from: 'id' }, { from: 'amount', cast: 'integer' }] as Record<string, unknown>[];

/** A pipeline from `shop.item` to a table of its own in `warehouse`. */
function documentOf(name: string, stream: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) {
  return {
    version: 1,
    name,
    source: { connection: 'shop' },
    target: { connection: 'warehouse' },
    streams: [{ from: 'public.item', to: name, key: ['id'], fields, ...stream }],
    ...rest,
  };
}

const apply = (document: { name: string }, visitor = owner) =>
  visitor.send(applyPipeline, { name: document.name, document });

async function applied(document: { name: string }): Promise<string> {
  const answer = await apply(document);
  expect(answer.body).toMatchObject({ change: 'created' });
  return document.name;
}

async function clientOf(server: PostgresServer, database: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url(database).reveal() });
  // A test that fails leaves its gate shut; the server then ends the session.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** A target table that takes the first batch at once and whatever follows only when the gate is open. */
async function gated(table: string, after = 2 * BATCH): Promise<{ open(): Promise<void> }> {
  await journey.customerSql(
    'warehouse',
    `create table ${table} (id bigint primary key, amount integer, note text);
     create function gate_${table}() returns trigger language plpgsql as $$
       begin if new.id > ${after} then perform pg_advisory_xact_lock_shared(hashtext('${table}')); end if; return new; end $$;
     create trigger gate before insert on ${table} for each row execute function gate_${table}()`,
  );
  const holder = await clientOf(journey.customer, 'warehouse');
  await holder.query('select pg_advisory_lock(hashtext($1))', [table]);
  return { open: () => holder.end() };
}

/** Starts a run and waits until its first batch is in the target and the next one stands at the gate. */
async function runToGate(name: string, written = BATCH): Promise<string> {
  const { runId } = await owner.call(startRun, { name });
  await until('the first batch', 30_000, async () => (await owner.call(readRun, { runId })).counts.written >= written);
  return runId;
}

const ended = async (runId: string) => {
  const run = await owner.call(readRun, { runId });
  return run.endedAt ? run : undefined;
};

const endOf = (runId: string, timeoutMs = 60_000) => until('the end of the run', timeoutMs, () => ended(runId));

/** The sessions of runs with the customer's server, or what `column` does to them. */
function runSessions(column: string, database = '%') {
  return journey.customerSql(
    'postgres',
    `select ${column} from pg_stat_activity where datname like $1 and application_name like 'millrace run%'`,
    [database],
  );
}

async function rowsOf(table: string): Promise<number> {
  const [row] = await journey.customerSql('warehouse', `select count(*)::int as n from ${table}`);
  return row!['n'] as number;
}

const rejected = ROWS / 10_000;
const broadRejected = BROAD_ROWS / 10_000;
const broad = { from: 'public.broad', fields: [...fields, { from: 'note' }] };

const strange = { colour: marker };
const uuidField = { from: 'code', cast: 'integer' };

describe('a document', () => {
  it.each([
    ['a missing connection', {}, { source: { connection: 'nowhere' } }, '/source/connection', /no connection/],
    ['a missing stream', { from: 'public.absent' }, {}, '/streams/0/from', /no such stream/],
    ['a missing field', { fields: [{ from: 'id' }, { from: 'no' }] }, {}, '/streams/0/fields/1/from', /no such field/],
    ['an impossible cast', { fields: [{ from: 'id' }, uuidField] }, {}, '/streams/0/fields/1/cast', /uuid cannot be/],
    ['a key that nothing goes to', { key: ['amounts'] }, {}, '/streams/0/key/0', /No selected field/],
    ['a word that nobody knows', {}, strange, '', /"colour"/],
    ['such a word in a stream', strange, {}, '/streams/0', /"colour"/],
    ['such a word in a field', { fields: [{ from: 'id', ...strange }] }, {}, '/streams/0/fields/0', /"colour"/],
    ['no stream', {}, { streams: [] }, '/streams', />=1 items/],
  ])('with %s is refused with a pointer to it', async (_what, stream, rest, at, message) => {
    const body = expectProblem(await apply(documentOf('bad', stream, rest)), 422, 'sync.invalid-pipeline');
    expect(body.errors).toEqual([{ path: `/document${at}`, message: expect.stringMatching(message) }]);
    expectProblem(await owner.send(readPipeline, { name: 'bad' }), 404, 'kernel.not-found');
  });

  it('that goes to a table without a key is refused', async () => {
    await journey.customerSql('warehouse', 'create table keyless (id bigint not null, amount integer)');
    const body = expectProblem(await apply(documentOf('keyless')), 422, 'sync.invalid-pipeline');
    expect(body.errors).toEqual([
      { path: '/document/streams/0/key', message: expect.stringContaining('no primary key or unique constraint') },
    ]);
  });
});

describe('a run', () => {
  it('fails with a clear code when the target has lost its key since', async () => {
    await journey.customerSql('warehouse', 'create table losing (id bigint primary key, amount integer)');
    const name = await applied(documentOf('losing'));
    await journey.customerSql('warehouse', 'alter table losing drop constraint losing_pkey');
    const run = await runToEnd(owner, name);
    expect(run).toMatchObject({
      state: 'failed',
      failure: { code: 'sync.invalid-pipeline', stream: 'public.item', detail: expect.stringContaining('primary key') },
    });
    expect(await rowsOf(name)).toBe(0);
  });

  it('fails with a clear code when the stream has gone since', async () => {
    await journey.customerSql('shop', 'create table passing (id bigint primary key)');
    const name = await applied(documentOf('passing', { from: 'public.passing', fields: [{ from: 'id' }] }));
    await journey.customerSql('shop', 'drop table passing');
    const run = await runToEnd(owner, name);
    expect(run).toMatchObject({ state: 'failed', failure: { code: 'connector.missing-stream' } });
    expect(run.failure!.detail).toContain('"public.passing"');
  });

  it('counts values that cannot be cast by field and rule, and shows none of them', async () => {
    const run = await runToEnd(owner, await applied(documentOf('uncastable')));
    expect(run).toMatchObject({ state: 'succeeded', counts: { read: ROWS, written: ROWS - rejected, rejected } });
    const receipt = await owner.call(readReceipt, { runId: run.runId });
    expect(receipt.streams[0]!.rejects).toEqual([
      { stage: 'mapping', field: 'amount', rule: 'not-a-number', count: rejected, fingerprints: expect.anything() },
    ]);
    const { fingerprints } = receipt.streams[0]!.rejects[0]!;
    expect(new Set(fingerprints).size).toBe(rejected);
    expect(JSON.stringify([run, receipt])).not.toContain(marker);
    expect(await rowsOf('uncastable')).toBe(ROWS - rejected);
  });

  it('makes them null or fails when the document says so', async () => {
    const withFailure = (onFailure: string) => ({ fields: [{ from: 'id' }, { ...fields[1], onFailure }] });
    const nulled = await runToEnd(owner, await applied(documentOf('nulled', withFailure('null'))));
    expect(nulled).toMatchObject({ state: 'succeeded', counts: { written: ROWS, rejected: 0, nulled: rejected } });
    const failed = await runToEnd(owner, await applied(documentOf('strict', withFailure('fail'))));
    expect(failed).toMatchObject({
      state: 'failed',
      failure: { code: 'connector.cast-failed', stream: 'public.item' },
    });
    expect(failed.failure!.detail).toContain('field "amount" of "public.item"');
    expect(JSON.stringify(failed)).not.toContain(marker);
  });

  it('gives up when too much is rejected', async () => {
    const run = await runToEnd(owner, await applied(documentOf('toomany', { from: 'public.wrong' })));
    expect(run).toMatchObject({ state: 'failed', failure: { code: 'connector.too-many-refused' } });
    expect(run.counts).toMatchObject({ written: 0, rejected: 10_001 });
    expect(JSON.stringify(await owner.call(readReceipt, { runId: run.runId }))).not.toContain(marker);
  });

  it('is refused while another goes on, and can be cancelled once', async () => {
    const gate = await gated('busy');
    const name = await applied(documentOf('busy'));
    const runId = await runToGate(name);
    expectProblem(await owner.send(startRun, { name }), 409, 'sync.run-active');
    expectProblem(await owner.send(deletePipeline, { name }), 409, 'sync.run-active');
    expectProblem(await owner.send(readReceipt, { runId }), 404, 'kernel.not-found');
    expect(await owner.call(cancelRun, { runId })).toMatchObject({ state: 'cancelled' });
    expectProblem(await owner.send(cancelRun, { runId }), 409, 'sync.run-ended');
    await gate.open();
    expect(await owner.call(readReceipt, { runId })).toMatchObject({ state: 'cancelled' });
    expect((await runToEnd(owner, name)).state).toBe('succeeded');
    expect(await rowsOf(name)).toBe(ROWS - rejected);
  });

  it('ends at once when its connection is revoked', async () => {
    const gate = await gated('revoked');
    const connectionId = await connect(journey, owner, 'doomed', 'shop');
    const name = await applied(documentOf('revoked', {}, { source: { connection: 'doomed' } }));
    const runId = await runToGate(name);
    await owner.call(revokeConnection, { connectionId });
    const run = await endOf(runId, 5_000);
    expect(run).toMatchObject({ state: 'failed', failure: { code: 'vault.connection-revoked' } });
    await gate.open();
    await until('the end of every session', 20_000, async () => (await runSessions('pid')).length === 0);
    expect(await owner.call(readRun, { runId })).toEqual(run);
    expectProblem(await owner.send(startRun, { name }), 409, 'vault.connection-revoked');
    const body = expectProblem(
      await apply(documentOf('again', {}, { source: { connection: connectionId } })),
      422,
      'sync.invalid-pipeline',
    );
    expect(body.errors).toEqual([{ path: '/document/source/connection', message: expect.stringContaining('revoked') }]);
  });

  it('goes on when the source breaks off and comes back', async () => {
    await journey.customerSql('shop', BROAD_SQL);
    const gate = await gated('broken', BROAD_ROWS / 4);
    const name = await applied(documentOf('broken', broad));
    const runId = await runToGate(name, BROAD_ROWS / 8);
    expect(await runSessions('pg_terminate_backend(pid)', 'shop')).not.toEqual([]);
    await gate.open();
    const run = await endOf(runId);
    const written = BROAD_ROWS - broadRejected;
    expect(run).toMatchObject({ state: 'succeeded', counts: { read: BROAD_ROWS, written, rejected: broadRejected } });
    expect(await rowsOf(name)).toBe(written);
    const [part] = await journey.platformSql('sync', 'select failures from partition where run_id = $1', [runId]);
    expect(part).toEqual({ failures: 1 });
  });
});

describe('another organization', () => {
  it('finds neither run nor pipeline nor connection', async () => {
    const stranger = await journey.owner();
    const runId = (await runToEnd(owner, await applied(documentOf('private')))).runId;
    const connectionId = await connect(journey, owner, 'private', 'shop');
    const answers = [
      await stranger.send(readRun, { runId }),
      await stranger.send(watchRun, { runId }),
      await stranger.send(readReceipt, { runId }),
      await stranger.send(cancelRun, { runId }),
      await stranger.send(readPipeline, { name: 'private' }),
      await stranger.send(startRun, { name: 'private' }),
      await stranger.send(deletePipeline, { name: 'private' }),
      await stranger.send(checkConnection, { connectionId }),
      await stranger.send(discoverConnection, { connectionId }),
      await stranger.send(revokeConnection, { connectionId }),
    ];
    for (const answer of answers) expectProblem(answer, 404, 'kernel.not-found');
    const body = expectProblem(
      await apply(documentOf('theirs', {}, { source: { connection: connectionId } }), stranger),
      422,
      'sync.invalid-pipeline',
    );
    expect(body.errors?.map((one) => one.path)).toEqual(['/document/source/connection', '/document/target/connection']);
    expect(await owner.call(checkConnection, { connectionId })).toMatchObject({ reachable: true });
  });

  it('is not told from nonsense by an id that is none', async () => {
    expectProblem(await owner.send(readRun, { runId: marker }), 400, 'kernel.invalid-input');
  });
});

describe('a connection', () => {
  const make = async (name: string, elsewhere: object, password = `${marker}-password`) => {
    const { host, port, superuser: username } = journey.customer;
    const config = { host, port, database: 'shop', tls: 'disable', ...elsewhere };
    const draft = { name, provider: 'postgres', config, credential: { username, password } };
    return (await owner.call(createConnection, draft)).connectionId;
  };

  it.each([
    ['a wrong password', {}, /refused the user or the password/],
    ['a missing database', { database: 'absent' }, /database does not exist/],
    ['a port where nobody listens', { port: 0 }, /firewall/],
    ['a host that does not exist', { host: 'no-such-host.invalid', tls: 'require' }, /spelling/],
    ['a private address that is not listed', { host: '10.255.255.1', tls: 'require' }, /private/],
    ['TLS where there is none', { tls: 'require' }, /TLS mode/],
  ])('with %s says what is wrong', async (what, config, detail) => {
    const at = 'port' in config ? { ...config, port: await freePort() } : config;
    const connectionId = await make(what, at, what === 'a missing database' ? customerPassword : undefined);
    const checked = expectProblem(await owner.send(checkConnection, { connectionId }), 502, 'sync.connection-failed');
    expect(checked.detail).toMatch(detail);
    expectProblem(await owner.send(discoverConnection, { connectionId }), 502, 'sync.connection-failed');
    const document = documentOf('unreachable', {}, { source: { connection: connectionId } });
    expectProblem(await apply(document), 502, 'sync.connection-failed');
  });

  it('to a private address was refused before anything left', async () => {
    const refused = "select 1 from egress_log where code = 'egress.private-address' and not allowed";
    expect(await journey.platformSql('sync', refused)).toHaveLength(3);
  });
});

describe('a source that stays away', () => {
  it('fails the run with a code, and doubles nothing when it is back', async () => {
    const dataDir = path.join(journey.region.directory, 'elsewhere');
    // Below what the system hands out, so that nobody else gets it while the server is away.
    const preferredPort = await freePort(20_000 + randomInt(10_000));
    const [password, logFile] = [new Secret(customerPassword), `${dataDir}.log`];
    const server = { dataDir, password, settings: THROWAWAY, logFile, preferredPort };
    elsewhere = await startPostgres(server);
    const client = await clientOf(elsewhere, 'postgres');
    await client.query(BROAD_SQL);
    // A server of tests answers before it has written anything down; stopped at once, it might forget the table.
    await client.query('checkpoint');
    await client.end();
    await connect({ ...journey, customer: elsewhere }, owner, 'elsewhere', 'postgres');
    const gate = await gated('away', BROAD_ROWS / 4);
    const name = await applied(documentOf('away', broad, { source: { connection: 'elsewhere' } }));
    const runId = await runToGate(name, BROAD_ROWS / 8);
    await elsewhere.stop('immediate');
    await gate.open();
    const run = await endOf(runId, 120_000);
    expect(run).toMatchObject({ state: 'failed', failure: { code: 'egress.unreachable', stream: 'public.broad' } });
    const written = await rowsOf(name);
    expect(written).toBeGreaterThanOrEqual(run.counts.written);
    elsewhere = await startPostgres(server);
    const total = BROAD_ROWS - broadRejected;
    const again = await runToEnd(owner, name);
    expect(again.failure).toBeUndefined();
    expect(again.counts).toMatchObject({ read: BROAD_ROWS, inserted: total - written, updated: 0, unchanged: written });
    expect(await rowsOf(name)).toBe(total);
  }, 150_000);
});

describe('after all of this', () => {
  it('no log holds a value that was typed, stored or sent', () => {
    const { directory } = journey.region;
    const logs = readdirSync(path.join(directory, 'logs')).map((name) => path.join('logs', name));
    expect(logs).toEqual(expect.arrayContaining(['logs/gateway.log', 'logs/sync-worker.log', 'logs/vault.log']));
    const read = (name: string) => readFileSync(path.join(directory, name), 'utf8');
    expect(read('logs/sync.log')).toContain('service ready');
    const leaking = [...logs, 'postgres.log', 'nats.log'].filter(
      (name) => read(name).includes(marker) || read(name).includes(customerPassword),
    );
    expect(leaking).toEqual([]);
  });
});
