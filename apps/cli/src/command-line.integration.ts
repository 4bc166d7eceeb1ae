import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { removeCluster } from '@millrace/embedded';
import { addDuration, systemClock, until } from '@millrace/kernel';
import { scratchDirectory, type TestDatabase, testStack } from '@millrace/testing';
import { type LongCommand, millrace, startMillrace } from './command-line.fixture.js';

const scratch = scratchDirectory();
const directory = path.join(scratch.path, 'a region');
const here = ['--directory', directory];
const EMAIL = 'owner@example.com';
const PASSWORD = 'four quiet rivers run';
const ROWS = 1_000;
const yesterday = addDuration(systemClock.now(), 'P1D', -1).toISOString().slice(0, 10);
let region: LongCommand;
let source: TestDatabase;
let target: TestDatabase;

beforeAll(async () => {
  [source, target] = await Promise.all([testStack().createDatabase(), testStack().createDatabase()]);
  await source.query('create table place (code text primary key, latitude text, remark text)');
  await source.query(
    `insert into place select lpad(i::text, 5, '0'), (i / 7.0)::text, 'never read' from generate_series(1, ${ROWS}) i`,
  );
  region = startMillrace(['up', ...here, '--json']);
  await region.says('"gatewayUrl"');
}, 120_000);

afterAll(async () => {
  region.signal('SIGTERM');
  await region.ended();
  removeCluster(path.join(directory, 'postgres'));
  await Promise.all([source.drop(), target.drop()]);
  scratch[Symbol.dispose]();
}, 120_000);

describe('a region that is up', () => {
  it('is closed to other users and says where it is', () => {
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(JSON.parse(region.said.stdout)).toMatchObject({
      mode: 'one-process',
      gatewayUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
  });

  it('is not started a second time', async () => {
    const again = await millrace(['up', ...here]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('This region is up already') });
    expect(again.stderr).not.toMatch(/\n\s+at /);
  });

  it('is not taken for a region under another charter', async () => {
    const other = await millrace(['up', ...here, '--charter', 'fluxent']);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('under the charter dataflow-xpert, not') });
  });

  it('passes the doctor', async () => {
    const answer = await millrace(['doctor', ...here, '--json']);
    const { checks } = answer.json<{ checks: { name: string; state: string; detail: string }[] }>();
    expect(checks.filter(({ state }) => state === 'wrong')).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'gateway', 'worker-1', 'identity schema', 'vault backlog', 'ledger', 'promises']),
    );
    expect(answer.code).toBe(0);
  });

  it('shows its promises and a ledger that holds', async () => {
    const board = await millrace(['promises', 'verify', ...here, '--json']);
    expect(board.json()).toMatchObject({ charter: 'dataflow-xpert', counts: { broken: 0 } });
    expect(board.code).toBe(0);
    const first = await millrace(['ledger', 'verify', ...here, '--json']);
    expect(first).toMatchObject({ code: 0 });
    const second = await millrace(['ledger', 'verify', ...here, '--json']);
    const { treeSize } = first.json<{ treeSize: number }>();
    expect(second.json()).toMatchObject({ holds: true, keptSize: expect.any(Number), findings: [] });
    expect(treeSize).toBeGreaterThan(0);
  });

  it('takes a document of the charter by its digest', async () => {
    const file = path.join(scratch.path, 'report.pdf');
    writeFileSync(file, 'a report');
    const supplied = await millrace([
      'documents',
      'supply',
      'soc2-report',
      file,
      ...here,
      '--issued',
      yesterday,
      '--json',
    ]);
    expect(supplied.json()).toMatchObject({ documentId: 'soc2-report', state: 'in-date' });
    expect((await millrace(['documents', 'list', ...here])).stdout).toMatch(/✓ SOC 2 Type II report {2}in-date/);
    expect(await millrace(['documents', 'check', 'soc2-report', file, ...here])).toMatchObject({ code: 0 });
    writeFileSync(file, 'another report');
    expect(await millrace(['documents', 'check', 'soc2-report', file, ...here])).toMatchObject({ code: 1 });
    expect(await millrace(['documents', 'supply', 'soc2-report', file, ...here, '--issued', 'May'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no day such as'),
    });
  });
});

describe('the work of an organization', () => {
  beforeAll(async () => {
    const signUp = await millrace(
      ['sign-up', ...here, '--email', EMAIL, '--name', 'Test Owner', '--of-age', '--password-stdin'],
      { input: `${PASSWORD}\n` },
    );
    expect(signUp).toMatchObject({ code: 0, stderr: '' });
    const confirmed = await millrace(['confirm', ...here, '--email', EMAIL, '--password-stdin'], {
      input: `${PASSWORD}\n`,
    });
    expect(confirmed).toMatchObject({ code: 0, stderr: '' });
    expect((await millrace(['mails', '--to', EMAIL, ...here])).stdout).toContain('Confirm your e-mail address');
    const signIn = await millrace(['sign-in', ...here, '--email', EMAIL, '--password-stdin'], {
      input: `${PASSWORD}\n`,
    });
    expect(signIn).toMatchObject({ code: 0, stderr: '' });
  });

  it('keeps the session where only its owner reads it', async () => {
    expect(statSync(path.join(directory, 'session.json')).mode & 0o777).toBe(0o600);
    expect((await millrace(['whoami', ...here, '--json'])).json()).toMatchObject({ email: EMAIL });
  });

  it('connects two databases, applies a pipeline, runs it and checks the receipt', async () => {
    await connect('shop', source);
    await connect('warehouse', target);
    const listed = await millrace(['connections', 'list', ...here]);
    expect(listed.stdout).toMatch(/shop\s+active/);
    expect(listed.stdout).not.toContain(source.password.reveal());
    expect((await millrace(['connections', 'check', 'shop', ...here])).stdout).toContain('shop answers');
    const uses = (await millrace(['connections', 'access', 'shop', '--csv', ...here])).stdout.split('\r\n');
    expect(uses[0]).toBe('at,purpose,runId,partitionId,fence,workerKey,leaseId');
    expect(uses[1]).toMatch(/^[^,]+Z,inspect,,,,[\w-]{43},[\w-]{36}$/);
    const review = (await millrace(['connections', 'access', 'shop', ...here, '--json'])).json<{ members: object[] }>();
    expect(review.members).toEqual([expect.objectContaining({ role: 'owner' })]);
    const file = path.join(scratch.path, 'places.yaml');
    writeFileSync(file, PIPELINE);
    expect(await millrace(['pipelines', 'apply', '-f', file, ...here])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('places is created'),
    });
    const run = await millrace(['runs', 'start', 'places', '--follow', '--json', ...here]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const { runId } = run.json<{ runId: string }>();
    expect(run.json()).toMatchObject({ state: 'succeeded', counts: { read: ROWS, written: ROWS } });
    expect(await target.query('select count(*)::int as rows, max(latitude) as latitude from places')).toEqual([
      { rows: ROWS, latitude: expect.any(Number) },
    ]);
    const receipt = await millrace(['runs', 'receipt', runId, '--json', ...here]);
    expect(receipt.json()).toMatchObject({ verified: true, receipt: { streams: [{ dropped: ['remark'] }] } });
    const { ledgerEntryId } = receipt.json<{ receipt: { ledgerEntryId: string } }>().receipt;
    expect((await millrace(['ledger', 'proof', ledgerEntryId, '--json', ...here])).json()).toMatchObject({
      verified: true,
    });
  }, 120_000);

  it('says what a run is expected to read where that is limited', async () => {
    const without = await millrace(['runs', 'start', 'places', '--follow', ...here]);
    expect(without.stdout).not.toContain('used');
    await millrace(['connections', 'budget', 'shop', '--monthly-records', '1000000', ...here]);
    const limited = await millrace(['runs', 'start', 'places', '--follow', ...here]);
    expect(limited).toMatchObject({ code: 0, stdout: expect.stringMatching(/public\.place +\d/) });
    expect(limited.stdout).toContain('of 1,000,000 used');
    await millrace(['connections', 'budget', 'shop', '--none', ...here]);
  }, 120_000);

  it('names the line of every fault of a pipeline', async () => {
    const file = path.join(scratch.path, 'faulty.yaml');
    writeFileSync(file, PIPELINE.replace('from: latitude', 'from: longitude').replace('public.place', 'public.place'));
    const refused = await millrace(['pipelines', 'apply', '-f', file, ...here]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/faulty\.yaml:11:9 \/streams\/0\/fields\/1/);
    writeFileSync(file, 'version: 1\nname: [broken\n');
    expect((await millrace(['pipelines', 'apply', '-f', file, ...here])).stderr).toMatch(/faulty\.yaml:\d:\d/);
  });

  it('exports its configuration without a credential', async () => {
    const folder = path.join(scratch.path, 'export');
    mkdirSync(folder);
    expect(await millrace(['export', '--output', folder, ...here])).toMatchObject({ code: 0 });
    const text =
      readFileSync(path.join(folder, 'connections.yaml'), 'utf8') +
      readFileSync(path.join(folder, 'pipelines', 'places.yaml'), 'utf8');
    expect(text).toContain('connection: shop');
    expect(text).not.toContain(source.password.reveal());
    expect(
      await millrace(['pipelines', 'apply', '-f', path.join(folder, 'pipelines', 'places.yaml'), ...here]),
    ).toMatchObject({ stdout: expect.stringContaining('unchanged') });
    const [first] = readFileSync(path.join(folder, 'history.ndjson'), 'utf8').trim().split('\n');
    expect(JSON.parse(first!)).toMatchObject({
      run: { pipeline: 'places', state: 'succeeded', counts: { read: ROWS } },
      receipt: { streams: [{ dropped: ['remark'] }] },
    });
  });

  it('takes everything it exported again, in one document or in a folder, and shows what would change before', async () => {
    const file = path.join(scratch.path, 'everything.json');
    const everything = (await millrace(['export', '--json', '--no-history', ...here])).stdout;
    writeFileSync(file, everything);
    const folder = path.join(scratch.path, 'export');
    expect(await millrace(['pipelines', 'apply', '-f', file, folder, '--json', ...here])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/"unchanged"[^]*"unchanged"/),
    });
    writeFileSync(file, everything.replace('"rejected": 10000', '"rejected": "2%"'));
    const dry = await millrace(['pipelines', 'apply', '-f', file, '--dry-run', ...here]);
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/-.*rejected: 10000\n.*\+.*rejected: 2%/) });
    expect(dry.stdout).toContain('nothing was changed');
    expect((await millrace(['pipelines', 'show', 'places', ...here])).stdout).toContain('rejected: 10000');
    const applied = await millrace(['pipelines', 'apply', '-f', file, '--yes', ...here]);
    expect(applied.stdout).toMatch(/rejected: 2%[^]*places is updated, version 2/);
    expect((await millrace(['pipelines', 'show', 'places', ...here])).stdout).toMatch(/version +2[^]*rejected: 2%/);
  });

  it('names the line of a fault in an export too, and changes nothing of the rest', async () => {
    const file = path.join(scratch.path, 'two.yaml');
    const indented = (text: string) => `  - ${text.trimEnd().replaceAll('\n', '\n    ')}\n`;
    const [good, bad] = [
      PIPELINE.replace('name: places', 'name: other'),
      PIPELINE.replace('from: latitude', 'from: longitude'),
    ];
    writeFileSync(file, `pipelines:\n${indented(good)}${indented(bad)}`);
    const refused = await millrace(['pipelines', 'apply', '-f', file, ...here]);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/two\.yaml:\d+:\d+ \/streams\/0\/fields\/1/),
    });
    expect((await millrace(['pipelines', 'list', ...here])).stdout).not.toContain('other');
  });

  it('gives editors the schema of pipelines', async () => {
    const schema = (await millrace(['pipelines', 'schema', ...here])).json<{ properties: object }>();
    expect(schema.properties).toMatchObject({ streams: { type: 'array' }, drift: { type: 'object' } });
  });

  it('is refused what it may not, and told why', async () => {
    const nobody = path.join(scratch.path, 'nobody.json');
    const refused = await millrace(['pipelines', 'list', ...here, '--session-file', nobody, '--json']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('You are not signed in') });
    expect(refused.json()).toMatchObject({ error: { code: 'kernel.not-signed-in' } });
    const wrong = await millrace(['sign-in', ...here, '--email', EMAIL, '--password-stdin', '--session-file', nobody], {
      input: 'something else entirely',
    });
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('wrong') });
  });
});

describe('exit codes', () => {
  it('tell wrong usage, an absent region and a refused charter apart', async () => {
    expect(await millrace(['no-such-command'])).toMatchObject({ code: 2 });
    expect(await millrace(['pipelines', 'apply', ...here])).toMatchObject({ code: 2 });
    expect(await millrace(['up', '--charter', 'nobodys'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('dataflow-xpert'),
    });
    expect(
      await millrace([
        'pipelines',
        'list',
        '--url',
        'http://127.0.0.1:9',
        '--session-file',
        path.join(scratch.path, 'none'),
      ]),
    ).toMatchObject({ code: 3 });
    const charter = path.join(scratch.path, 'charter.yaml');
    writeFileSync(charter, 'charter: nothing\n');
    expect(await millrace(['charter', 'check', charter])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('charter.yaml:1:1'),
    });
  });

  it('never show a stack', async () => {
    const answers = await Promise.all([
      millrace(['doctor', '--directory', scratch.path]),
      millrace(['ledger', 'verify', '--directory', scratch.path]),
    ]);
    for (const { stderr } of answers) expect(stderr).not.toMatch(/\n\s+at |node:internal/);
  });
});

describe('a region that ends', () => {
  const own = path.join(scratch.path, 'a second region');
  afterAll(() => removeCluster(path.join(own, 'postgres')));

  it.each([
    ['is told to stop', 0],
    ['is told twice, since the first time took too long', 130],
    ['is killed', null],
  ] as const)(
    'leaves no process behind when it %s, and can be started again',
    async (_, expected) => {
      const second = startMillrace(['up', '--directory', own, '--json']);
      await second.says('"gatewayUrl"');
      const { processes } = JSON.parse(second.said.stdout) as { processes: Record<string, number> };
      const pids = [second.pid, ...Object.values(processes)];
      expect(pids.length).toBeGreaterThanOrEqual(4);
      expect(alive(pids)).toEqual(pids);
      second.signal(expected === null ? 'SIGKILL' : 'SIGINT');
      // Nobody presses Ctrl-C twice within a quarter of a second.
      if (expected === 130) setTimeout(() => second.signal('SIGINT'), 300);
      expect(await second.ended()).toBe(expected);
      await until('every process to end', 30_000, () => alive(pids).length === 0);
    },
    120_000,
  );

  it('keeps what an operator wrote into its file', async () => {
    const file = path.join(own, 'region.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('level: info', 'level: warn'));
    const again = startMillrace(['up', '--directory', own]);
    await again.says('services ready in');
    again.signal('SIGTERM');
    expect(await again.ended()).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('level: warn');
  }, 60_000);
});

const PIPELINE = `version: 1
name: places
source: { connection: shop }
target: { connection: warehouse }
streams:
  - from: public.place
    to: places
    key: [code]
    fields:
      - from: code
      - from: latitude
        cast: double
      - from: remark
        drop: true
`;

async function connect(name: string, database: TestDatabase): Promise<void> {
  const { host, port, name: databaseName, user, password } = database;
  const where = [
    '--host',
    host,
    '--port',
    String(port),
    '--database',
    databaseName,
    '--username',
    user,
    '--tls',
    'disable',
  ];
  const answer = await millrace(['connections', 'create', '--name', name, ...where, '--credential-stdin', ...here], {
    input: password.reveal(),
  });
  expect(answer).toMatchObject({ code: 0, stderr: '' });
}

function alive(pids: readonly number[]): number[] {
  const running = execFileSync('ps', ['-eo', 'pid=,stat='], { encoding: 'utf8' }).split('\n');
  const states = new Map(
    running.map((line) => line.trim().split(/\s+/)).map(([pid, state]) => [Number(pid), state ?? '']),
  );
  return pids.filter((pid) => states.has(pid) && !states.get(pid)!.startsWith('Z'));
}
