import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type PostgresServer, startPostgres } from '@millrace/embedded';
import { Secret } from '@millrace/kernel';
import pg from 'pg';
import { engineMover, type Mover, nativePipe, psqlVersion } from './contestants.js';
import { digest, fillSource, freshTarget, NATIVE_SELECT, pipelineDocument } from './people.js';

const PASSWORD = 'bench';
const TARGET_SELECT = 'SELECT * FROM people_copy';

/** Durable as a server is by default; a wider WAL only keeps a timed checkpoint from hitting one contestant by chance. */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  autovacuum: 'off',
};

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '5' },
    'large-rows': { type: 'string', default: '5000000' },
    'cpu-prof': { type: 'string' },
    'batch-rows': { type: 'string' },
  },
});

interface Bench {
  readonly server: PostgresServer;
  readonly source: pg.Client;
  readonly target: pg.Client;
  readonly mover: Mover;
}

interface Pairs {
  readonly rowsPerSecond: number;
  readonly nativeRowsPerSecond: number;
  readonly ratio: number;
  readonly peakMb: number;
}

async function main(): Promise<void> {
  const version = psqlVersion();
  if (!version)
    throw new Error('No psql on the PATH: without the native pipe the figure is void. Install postgresql-client.');
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
  const server = await startPostgres({
    dataDir: path.join(directory, 'data'),
    password: new Secret(PASSWORD),
    settings: SETTINGS,
    logFile: path.join(directory, 'postgres.log'),
  });
  try {
    const bench = await prepare(server);
    report(await measure(bench), version);
    await Promise.all([bench.source.end(), bench.target.end()]);
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function prepare(server: PostgresServer): Promise<Bench> {
  const admin = await client(server, 'postgres');
  for (const name of ['source', 'target']) await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const profile = options['cpu-prof'] ? ['--cpu-prof', `--cpu-prof-dir=${options['cpu-prof']}`] : [];
  return {
    server,
    source: await client(server, 'source'),
    target: await client(server, 'target'),
    mover: engineMover(profile),
  };
}

async function measure(bench: Bench): Promise<Record<string, number>> {
  const rows = Number(options.rows);
  note(`Filling the source with ${rows} rows`);
  await fillSource(bench.source, rows);
  const plain = await pairs(bench, rows, false);
  const hashed = await pairs(bench, rows, true);
  const large = Number(options['large-rows']);
  const result = {
    full_load_ratio: plain.ratio,
    full_load_rows_per_s: Math.round(plain.rowsPerSecond),
    native_rows_per_s: Math.round(plain.nativeRowsPerSecond),
    full_load_hmac_ratio: hashed.ratio,
    peak_rss_mb_1m: plain.peakMb,
  };
  if (large === 0) return result;
  note(`Filling the source with ${large} rows`);
  await fillSource(bench.source, large);
  const { peakMb } = await oneMove(bench, large, false);
  return { ...result, peak_rss_mb_5m: peakMb };
}

/** Interleaved, the first contestant changing from pair to pair, since the second finds a warmer machine. */
async function pairs(bench: Bench, rows: number, hashed: boolean): Promise<Pairs> {
  const expected = await digest(bench.source, NATIVE_SELECT);
  const ours: number[] = [];
  const native: number[] = [];
  const ratios: number[] = [];
  let peakMb = 0;
  const contestants = [
    async () => {
      const report = await oneMove(bench, rows, hashed, expected);
      ours.push((rows / report.elapsedMs) * 1_000);
      peakMb = Math.max(peakMb, report.peakMb);
    },
    async () => void native.push((rows / (await oneNative(bench, expected))) * 1_000),
  ];
  for (let pair = 0; pair < Number(options.pairs); pair++) {
    for (const contest of pair % 2 === 0 ? contestants : contestants.toReversed()) await contest();
    ratios.push(ours.at(-1)! / native.at(-1)!);
    note(
      `pair ${pair + 1}${hashed ? ' hashed' : ''}: ours ${show(ours.at(-1)!)}, native ${show(native.at(-1)!)} rows/s`,
    );
  }
  return {
    rowsPerSecond: median(ours),
    nativeRowsPerSecond: median(native),
    ratio: round(median(ratios)),
    peakMb: Math.round(peakMb),
  };
}

async function oneMove(bench: Bench, rows: number, hashed: boolean, expected?: string) {
  await freshTarget(bench.target);
  const { host, port } = bench.server;
  const side = (database: string) => ({ host, port, database, sslmode: 'disable' as const });
  const limits = options['batch-rows'] ? { limits: { batchRows: Number(options['batch-rows']) } } : {};
  const report = await bench.mover({
    source: side('source'),
    target: side('target'),
    user: bench.server.superuser,
    password: PASSWORD,
    document: pipelineDocument(hashed),
    attempt: 1,
    ...limits,
  });
  note(
    `  ours ${Math.round(report.elapsedMs)} ms, worker CPU ${Math.round(report.cpuMs)} ms, peak ${Math.round(report.peakMb)} MB, ${report.checkpoints} checkpoints`,
  );
  if (report.written !== rows || !report.discarded) throw new Error('The mover did not write every row, or kept some');
  if (expected && !hashed && (await digest(bench.target, TARGET_SELECT)) !== expected)
    throw new Error('The contents differ');
  return { ...report, peakMb: Math.round(report.peakMb) };
}

async function oneNative({ server, target }: Bench, expected: string): Promise<number> {
  await freshTarget(target);
  const [source, sink] = ['source', 'target'].map((database) => server.url(database).reveal()) as [string, string];
  const elapsedMs = await nativePipe(source, sink, NATIVE_SELECT, 'people_copy');
  if ((await digest(target, TARGET_SELECT)) !== expected) throw new Error('The contents of the native pipe differ');
  return elapsedMs;
}

async function client(server: PostgresServer, database: string): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: server.url(database).reveal() });
  await connection.connect();
  return connection;
}

function report(result: Record<string, number>, version: string): void {
  note(`psql ${version}; medians of ${options.pairs} interleaved pairs, contents compared by digest`);
  for (const [name, value] of Object.entries(result)) note(`${name.padEnd(24)} ${value}`);
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
}

function note(line: string): void {
  (options.json ? process.stderr : process.stdout).write(`${line}\n`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const round = (value: number) => Math.round(value * 1_000) / 1_000;
const show = (value: number) => Math.round(value).toLocaleString('en-US');

await main();
