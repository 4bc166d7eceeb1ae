import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type PostgresServer, startPostgres } from '@millrace/embedded';
import { Secret, stopwatch } from '@millrace/kernel';
import pg from 'pg';
import { ChangeLoad, FIRST_ROWS } from './change-load.js';
import type { FollowLine, FollowTask } from './follower.js';
import { digest } from './digest.js';
import { emptyCopy, fillPeople, NATIVE_SELECT, peopleDocument } from './people.js';

const PROCESS = fileURLToPath(new URL('./follow-process.js', import.meta.url));
const PASSWORD = 'bench';
/** While one of them waits for its commit, the other writes. */
const LOAD_CONNECTIONS = 2;
const TARGET_SELECT = 'SELECT * FROM people_copy';

/** Durable as a server is by default. Both sides note when each row was committed, by the same clock. */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  wal_level: 'logical',
  track_commit_timestamp: 'on',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
};

export interface ChangesOptions {
  /** How long changes are measured, in seconds. Default 20. */
  readonly seconds?: number;
  /** Changes that may be on their way: a source that never stops writing would only measure its own queue. Default 8,000. */
  readonly window?: number;
  /** Writes a CPU profile of the process that follows into this directory. */
  readonly profile?: string;
  /** Told what happens. */
  readonly note?: (line: string) => void;
}

export interface ChangesFigures {
  /** Changes per second that were durable in the target while the source went on writing. */
  readonly cdc_changes_per_s: number;
  /** 99th percentile of the time from a row's commit at the source to its commit in the target, in milliseconds. */
  readonly cdc_lag_p99_ms: number;
}

/** Measures change data capture from one database to another, source, target and load on this machine. */
export async function measureChanges(options: ChangesOptions = {}): Promise<ChangesFigures> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-changes-'));
  const server = await startPostgres({
    dataDir: path.join(directory, 'data'),
    password: new Secret(PASSWORD),
    settings: SETTINGS,
    logFile: path.join(directory, 'postgres.log'),
  });
  try {
    const admin = await client(server, 'postgres');
    for (const name of ['source', 'target']) await admin.query(`CREATE DATABASE ${name}`);
    await admin.end();
    const [source, target] = await Promise.all([client(server, 'source'), client(server, 'target')]);
    const figures = await measureOn(server, source, target, options);
    await Promise.all([source.end(), target.end()]);
    return figures;
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureOn(
  server: PostgresServer,
  source: pg.Client,
  target: pg.Client,
  { seconds = 20, window = 8_000, profile, note = () => {} }: ChangesOptions,
): Promise<ChangesFigures> {
  await fillPeople({ source, note: () => {} }, FIRST_ROWS);
  await emptyCopy({ target });
  const writers = await Promise.all(Array.from({ length: LOAD_CONNECTIONS }, () => client(server, 'source')));
  const load = new ChangeLoad(writers);
  await load.prepare();
  const follower = new Follower(server, profile);
  await follower.ready();
  // Neither caches nor statistics are cold when the clock starts.
  await produce(load, follower, window, 3);
  const [before, elapsed, from] = [follower.durable, stopwatch(), await now(source)];
  await produce(load, follower, window, seconds);
  const perSecond = ((follower.durable - before) / elapsed()) * 1_000;
  await follower.reached(load.changes);
  const ended = await follower.stop();
  const lags = await commitLags(source, target, from);
  await Promise.all(writers.map((writer) => writer.end()));
  if ((await digest(source, NATIVE_SELECT)) !== (await digest(target, TARGET_SELECT)))
    throw new Error('The contents differ');
  if (!ended.discarded) throw new Error('The follower kept some records');
  note(
    `changes: ${Math.round(perSecond)}/s, lag p50 ${at(lags, 0.5)} ms, p99 ${at(lags, 0.99)} ms, most ${lags.at(-1)} ms; follower CPU ${Math.round(ended.cpuMs)} ms, peak ${Math.round(ended.peakMb)} MB`,
  );
  return { cdc_changes_per_s: Math.round(perSecond), cdc_lag_p99_ms: at(lags, 0.99) };
}

async function produce(load: ChangeLoad, follower: Follower, window: number, seconds: number): Promise<void> {
  const elapsed = stopwatch();
  await load.run(async () => {
    await follower.reached(load.changes - window);
    return elapsed() < seconds * 1_000;
  });
}

async function now(source: pg.Client): Promise<string> {
  const { rows } = await source.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
  return rows[0]!.now;
}

/** Milliseconds from commit to commit of each row that is left, in ascending order. */
async function commitLags(source: pg.Client, target: pg.Client, from: string): Promise<number[]> {
  const select = (table: string) =>
    `SELECT id, extract(epoch FROM at)::float8 * 1000 AS ms FROM (SELECT id, pg_xact_commit_timestamp(xmin) AS at FROM ${table}) t WHERE at > $1`;
  const [left, right] = await Promise.all([
    source.query<{ id: string; ms: number }>(select('people'), [from]),
    target.query<{ id: string; ms: number }>(select('people_copy'), [from]),
  ]);
  const arrived = new Map(right.rows.map(({ id, ms }) => [id, ms]));
  const lags = left.rows.flatMap(({ id, ms }) => (arrived.has(id) ? [Math.round(arrived.get(id)! - ms)] : []));
  if (lags.length === 0) throw new Error('Nothing was changed');
  return lags.sort((one, other) => one - other);
}

/** The process that follows, as the bench sees it. */
class Follower {
  durable = 0;
  private readonly child: ChildProcess;
  private readonly lines: FollowLine[] = [];
  private readonly waiting = new Set<() => void>();
  private gone = false;

  constructor({ host, port, superuser }: PostgresServer, profile: string | undefined) {
    const side = (database: string) => ({ host, port, database, sslmode: 'disable' as const });
    const [source, target] = [side('source'), side('target')];
    const document = followingDocument();
    const task: FollowTask = { source, target, user: superuser, password: PASSWORD, document, feed: 'bench' };
    const flags = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : [];
    this.child = spawn(process.execPath, [...flags, PROCESS, JSON.stringify(task)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.child.stdout! }).on('line', (text) => this.hear(JSON.parse(text) as FollowLine));
    this.child.once('exit', () => {
      this.gone = true;
      this.wake();
    });
  }

  async ready(): Promise<void> {
    await this.until(() => this.lines.some(({ kind }) => kind === 'ready'));
  }

  async reached(changes: number): Promise<void> {
    if (this.durable < changes) await this.until(() => this.durable >= changes);
  }

  async stop(): Promise<Extract<FollowLine, { kind: 'ended' }>> {
    const exit = once(this.child, 'exit');
    this.child.stdin!.write('stop\n');
    await this.until(() => this.lines.some(({ kind }) => kind === 'ended'));
    await exit;
    return this.lines.at(-1) as Extract<FollowLine, { kind: 'ended' }>;
  }

  private hear(line: FollowLine): void {
    if (line.kind === 'durable') this.durable = line.changes;
    else this.lines.push(line);
    this.wake();
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.gone) throw new Error('The process that follows ended');
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }
}

function followingDocument(): unknown {
  const document = peopleDocument() as { streams: Record<string, unknown>[] };
  return { ...document, streams: document.streams.map((one) => ({ ...one, read: 'changes', deletes: 'remove' })) };
}

async function client(server: PostgresServer, database: string): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: server.url(database).reveal() });
  // When the server is stopped after a failure, the failure is what the caller should see.
  connection.on('error', () => {});
  await connection.connect();
  return connection;
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
