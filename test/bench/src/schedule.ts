import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '@millrace/embedded';
import { delay, Secret, systemClock } from '@millrace/kernel';
import pg from 'pg';

const run = promisify(execFile);
const MILLRACE = path.resolve(import.meta.dirname, '../../../bin/millrace.js');
const PASSWORD = 'bench';
const ROWS = 100;
/** Far beyond the figure that must be reached; later something is stuck. */
const GIVE_UP_MS = 600_000;

export interface ScheduleFigures {
  /** From the moment at which all pipelines are due to the end of the last run. */
  readonly allDoneSeconds: number;
  /** From that moment to the moment at which a worker has taken the run, at the 99th percentile. */
  readonly startDelayP99Seconds: number;
}

/** Has a whole region, as the command line starts it, run `count` pipelines that are due at the same moment. */
export async function schedulePipelines(count: number): Promise<ScheduleFigures> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
  const customer = await startPostgres({
    dataDir: path.join(directory, 'customer'),
    password: new Secret(PASSWORD),
    logFile: path.join(directory, 'customer.log'),
  });
  const region = path.join(directory, 'region');
  const up = spawn(process.execPath, [MILLRACE, 'up', '--directory', region, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(up.stdout, 'data');
    await prepareCustomer(customer.url('postgres').reveal(), (name) => customer.url(name).reveal());
    await preparePipeline(directory, region, customer);
    return await measure(region, count);
  } finally {
    up.kill('SIGTERM');
    if (up.exitCode === null) await once(up, 'exit');
    await customer.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function prepareCustomer(admin: string, urlOf: (database: string) => string): Promise<void> {
  await withClient(admin, async (client) => {
    for (const name of ['shop', 'warehouse']) await client.query(`CREATE DATABASE ${name}`);
  });
  await withClient(urlOf('shop'), (client) =>
    client.query(
      `CREATE TABLE orders (id integer PRIMARY KEY, note text); INSERT INTO orders SELECT i, md5(i::text) FROM generate_series(1, ${ROWS}) i`,
    ),
  );
}

/** One pipeline through the front door; the others are copies of it. */
async function preparePipeline(
  directory: string,
  region: string,
  customer: { host: string; port: number; superuser: string },
): Promise<void> {
  const file = (name: string, content: string) => {
    writeFileSync(path.join(directory, name), content, { mode: 0o600 });
    return path.join(directory, name);
  };
  const password = file('password', 'a quiet river of data');
  const credential = file('credential', PASSWORD);
  const millrace = (...words: string[]) => run(process.execPath, [MILLRACE, ...words, '--directory', region]);
  const as = ['--email', 'bench@example.com', '--password-file', password];
  await millrace('sign-up', ...as, '--name', 'Bench', '--organization', 'Bench', '--of-age');
  await millrace('confirm', ...as);
  for (const database of ['shop', 'warehouse']) {
    const server = ['--host', customer.host, '--port', String(customer.port), '--username', customer.superuser];
    const what = ['--name', database, '--database', database, '--credential-file', credential, '--tls', 'disable'];
    await millrace('connections', 'create', ...server, ...what);
  }
  const document = {
    version: 1,
    name: 'copy-0',
    source: { connection: 'shop', concurrency: 64 },
    target: { connection: 'warehouse' },
    streams: [{ from: 'public.orders', to: 'copy_0', key: ['id'], fields: [{ from: 'id' }, { from: 'note' }] }],
  };
  await millrace('pipelines', 'apply', '-f', file('pipeline.json', JSON.stringify(document)));
}

async function measure(region: string, count: number): Promise<ScheduleFigures> {
  const record = JSON.parse(readFileSync(path.join(region, 'run.json'), 'utf8')) as { postgres: string };
  const password = readFileSync(path.join(region, 'secrets/database/superuser'), 'utf8').trim();
  const url = `postgres://postgres:${encodeURIComponent(password)}@${record.postgres}/sync`;
  return withClient(url, async (client) => {
    await client.query(
      `INSERT INTO pipeline SELECT (r.copy).* FROM (SELECT jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'name', 'copy-' || i,
         'document', jsonb_set(jsonb_set(p.document, '{name}', to_jsonb('copy-' || i)), '{streams,0,to}', to_jsonb('copy_' || i)))) AS copy
       FROM pipeline p, generate_series(1, $1::integer - 1) i) r`,
      [count],
    );
    const due = systemClock.now();
    await client.query('UPDATE pipeline SET next_run_at = $1', [due]);
    return untilDone(client, count, due);
  });
}

async function untilDone(client: pg.Client, count: number, due: Date): Promise<ScheduleFigures> {
  for (;;) {
    const { rows } = await client.query<{ succeeded: number; failed: number; seconds: number; delay: number }>(
      `SELECT count(*) FILTER (WHERE state = 'succeeded')::int AS succeeded,
         count(*) FILTER (WHERE state IN ('failed', 'cancelled'))::int AS failed,
         extract(epoch FROM max(ended_at) - $1::timestamptz)::float8 AS seconds,
         percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM started_at - $1::timestamptz))::float8 AS delay
       FROM run`,
      [due],
    );
    const { succeeded, failed, seconds, delay: p99 } = rows[0]!;
    if (failed > 0) throw new Error(`${failed} of the scheduled runs failed`);
    if (succeeded === count) return { allDoneSeconds: seconds, startDelayP99Seconds: p99 };
    if (systemClock.now().getTime() - due.getTime() > GIVE_UP_MS)
      throw new Error(`Only ${succeeded} of ${count} runs were done in time`);
    await delay(250);
  }
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
