import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { revokeConnection } from '@millrace/contracts';
import { until } from '@millrace/kernel';
import pg from 'pg';
import { code, lease, newUser, startVaultRegion, type VaultRegion } from '../../apps/vault/src/vault.fixture.js';
import { searchFiles } from './byte-search.js';

const PROGRAM = path.resolve(import.meta.dirname, '../../apps/vault/dist/main.js');
const stem = `canary${randomBytes(12).toString('hex')}`;
const secrets = [`${stem}-kept`, `${stem}-revoked`];
/** Lies in the database as it is, and so shows that the hunt would find a secret that does. */
const name = `found-${stem.slice(6, 20)}`;
/** A text that the process holds all its life. */
const held = 'vault.connection.create';

let vault: VaultRegion;
let program: ChildProcess;
let snapshots: string;
beforeAll(async () => {
  vault = await startVaultRegion();
  await vault.region.service('vault').stop();
  const file = path.join(vault.region.directory, 'region.yaml');
  writeFileSync(file, JSON.stringify(vault.region.config));
  snapshots = path.join(vault.region.directory, 'snapshots');
  mkdirSync(snapshots);
  const flags = ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${snapshots}`];
  program = spawn(process.execPath, [...flags, PROGRAM, '--config', file], { stdio: 'ignore', cwd: snapshots });
  const user = newUser();
  await until(
    'the vault to answer',
    30_000,
    async () => (await code(vault.create(user, 'first'))) !== 'kernel.unavailable',
  );
  await use(user);
});
afterAll(async () => {
  if (program.exitCode === null) {
    program.kill('SIGTERM');
    await once(program, 'exit');
  }
  await vault.stop();
});

/** One secret is kept and leased; another is leased, revoked and so deleted. */
async function use(user: ReturnType<typeof newUser>): Promise<void> {
  const [kept, revoked] = secrets as [string, string];
  const { connectionId } = await vault.create(user, name, kept);
  const leased = await lease(vault, user.orgId, connectionId);
  expect(leased).toMatchObject({ password: kept });
  const second = await vault.create(user, 'second', revoked);
  await lease(vault, user.orgId, second.connectionId);
  await vault.region.gatewayCall(revokeConnection, { connectionId: second.connectionId }, user);
}

async function checkpoint(): Promise<void> {
  const url = vault.region.postgres.url('postgres', 'postgres', await vault.region.secrets.superuserPassword());
  const client = new pg.Client({ connectionString: url.reveal() });
  await client.connect();
  await client.query('checkpoint');
  await client.end();
}

/** Taken after a full collection of garbage, as V8 does before each. */
async function heapSnapshot(): Promise<void> {
  program.kill('SIGUSR2');
  await until('the heap snapshot to be whole', 60_000, () => {
    const [file] = readdirSync(snapshots).filter((one) => one.endsWith('.heapsnapshot'));
    return file && readFileSync(path.join(snapshots, file)).subarray(-8).toString().trimEnd().endsWith(']}');
  });
}

describe('a secret after its use and after its deletion', () => {
  it('is in no file of the platform: not in the database or its write-ahead log, NATS, logs, keys', async () => {
    await checkpoint();
    const { found, files } = searchFiles({ directories: [vault.region.directory], markers: [...secrets, name] });
    expect(files).toBeGreaterThan(500);
    expect(found.filter(({ marker }) => secrets.includes(marker))).toEqual([]);
    const inside = (folder: string) => found.some(({ file }) => file.includes(`/${folder}/`));
    expect([inside('base'), inside('pg_wal')]).toEqual([true, true]);
  });

  it('is not in the memory of the vault’s process', async () => {
    expect(existsSync(PROGRAM)).toBe(true);
    await heapSnapshot();
    const { found } = searchFiles({ directories: [snapshots], markers: [...secrets, held] });
    expect([...new Set(found.map(({ marker }) => marker))]).toEqual([held]);
  });
});
