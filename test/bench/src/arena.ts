import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type PostgresServer, startPostgres } from '@millrace/embedded';
import { Secret } from '@millrace/kernel';
import pg from 'pg';
import { engineMover, type MoveJob } from './mover-process.js';
import type { MoverReport } from './mover.js';
import type { BenchOptions } from './options.js';

const PASSWORD = 'bench';

/** Durable as a server is by default; a wider WAL only keeps a timed checkpoint from hitting one contestant by chance. */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  autovacuum: 'off',
};

/** Where the contests are held: one server with a source and a target database, empty at the start. */
export interface Arena {
  readonly options: BenchOptions;
  readonly source: pg.Client;
  readonly target: pg.Client;
  readonly sourceUrl: string;
  readonly targetUrl: string;
  /** Moves once, in a process of its own. */
  readonly move: (job: MoveJob) => Promise<MoverReport>;
  /** Says something to whoever watches. */
  readonly note: (line: string) => void;
}

export async function withArena<Result>(
  options: BenchOptions,
  note: (line: string) => void,
  work: (arena: Arena) => Promise<Result>,
): Promise<Result> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-'));
  const server = await startPostgres({
    dataDir: path.join(directory, 'data'),
    password: new Secret(PASSWORD),
    settings: SETTINGS,
    logFile: path.join(directory, 'postgres.log'),
  });
  try {
    const arena = await openArena(server, options, note);
    const result = await work(arena);
    await Promise.all([arena.source.end(), arena.target.end()]);
    return result;
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function openArena(server: PostgresServer, options: BenchOptions, note: Arena['note']): Promise<Arena> {
  const admin = await connect(server, 'postgres');
  for (const name of ['source', 'target']) await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const { host, port, superuser } = server;
  const profile = options.cpuProfiles ? ['--cpu-prof', `--cpu-prof-dir=${options.cpuProfiles}`] : [];
  return {
    options,
    source: await connect(server, 'source'),
    target: await connect(server, 'target'),
    sourceUrl: server.url('source').reveal(),
    targetUrl: server.url('target').reveal(),
    move: engineMover({ host, port, user: superuser, password: PASSWORD }, profile),
    note,
  };
}

async function connect(server: PostgresServer, database: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url(database).reveal() });
  await client.connect();
  return client;
}
