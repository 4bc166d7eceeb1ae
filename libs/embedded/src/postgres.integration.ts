import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Secret } from '@millrace/kernel';
import { scratchDirectory } from '@millrace/testing';
import { removeCluster } from './postgres-directory.js';
import { type PostgresServer, startPostgres, THROWAWAY } from './postgres.js';

const PASSWORD = new Secret('p@ss word/with:signs');
const scratch = scratchDirectory();
afterAll(() => scratch[Symbol.dispose]());

function options(name: string, settings: Record<string, string> = THROWAWAY) {
  const directory = path.join(scratch.path, name);
  return { dataDir: directory, password: PASSWORD, settings, logFile: `${directory}.log` };
}

async function query(server: PostgresServer, sql: string, password = PASSWORD): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.url('postgres', 'postgres', password).reveal() });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

describe('a Postgres server of our own', () => {
  let server: PostgresServer;
  const home = options('with a space');
  beforeAll(async () => {
    server = await startPostgres(home);
  });
  afterAll(() => server.stop());

  it('speaks UTF-8 in locale C, allows 200 connections and lives in UTC', async () => {
    const names = ['server_encoding', 'lc_collate', 'max_connections', 'TimeZone', 'password_encryption'];
    const settings = await query(
      server,
      `select name, setting from pg_settings where name in ('${names.join("','")}')`,
    );
    expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
      server_encoding: 'UTF8',
      max_connections: '200',
      TimeZone: 'UTC',
      password_encryption: 'scram-sha-256',
    });
    const [row] = await query(server, `select datcollate, datctype from pg_database where datname = 'template1'`);
    expect(row).toEqual({ datcollate: 'C', datctype: 'C' });
  });

  it('listens on the loopback interface alone, without a socket file', async () => {
    const [row] = await query(
      server,
      `select current_setting('listen_addresses') as hosts,
      current_setting('unix_socket_directories') as sockets`,
    );
    expect(row).toEqual({ hosts: '127.0.0.1', sockets: '' });
  });

  it('lets nobody in without the password', async () => {
    await expect(query(server, 'select 1', new Secret('wrong'))).rejects.toThrow('password authentication failed');
    const rules = await query(server, 'select distinct auth_method from pg_hba_file_rules');
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
  });

  it('writes no value of a client into its log', async () => {
    await query(server, 'create table person (mail text primary key, age int)');
    await query(server, `insert into person values ('ada@example.org', 36)`);
    await expect(query(server, `insert into person values ('ada@example.org', 36)`)).rejects.toThrow('duplicate key');
    await expect(query(server, `insert into person values ('x', 'thirty-six')`)).rejects.toThrow('thirty-six');
    const log = readFileSync(home.logFile, 'utf8');
    expect(log).toContain('ready to accept connections');
    expect(log).not.toMatch(/ada@example|thirty-six/);
  });

  it('keeps its log and its data to itself', () => {
    expect(statSync(home.logFile).mode & 0o077).toBe(0);
    expect(statSync(server.dataDir).mode & 0o077).toBe(0);
    expect(readdirSync(scratch.path).filter((name) => name.includes('unfinished'))).toEqual([]);
  });

  it('refuses a second server on the same directory and names who has it', async () => {
    await expect(startPostgres(home)).rejects.toMatchObject({
      code: 'embedded.directory-in-use',
      message: expect.stringContaining(`Process ${process.pid}`),
    });
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is not removed while it runs', async () => {
    expect(() => removeCluster(home.dataDir)).toThrow(`Process ${process.pid} still runs a server`);
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('never shows a password by accident', () => {
    expect(String(server.url('postgres'))).toBe('[secret]');
    expect(readFileSync(path.join(server.dataDir, 'postmaster.opts'), 'utf8')).not.toContain(PASSWORD.reveal());
  });
});

describe('a cluster that exists already', () => {
  const home = options('again', {});
  afterAll(() => removeCluster(home.dataDir));

  it('starts again with its data: after a stop, after kill -9, and with a lock file of a process long gone', async () => {
    const first = await startPostgres(home);
    await query(first, 'create table kept as select 42 as answer');
    await first.stop();
    expect(await first.exited).toEqual({ code: 0, signal: null });

    const second = await startPostgres(home);
    expect(await query(second, 'select * from kept')).toEqual([{ answer: 42 }]);
    second.kill('SIGKILL');
    await second.exited;
    expect(existsSync(path.join(second.dataDir, 'postmaster.pid'))).toBe(true);

    const third = await startPostgres(home);
    expect(await query(third, 'select * from kept')).toEqual([{ answer: 42 }]);
    await third.stop();
    await third.stop();
  });

  it('says so when its password is another one', async () => {
    await expect(startPostgres({ ...home, password: new Secret('other') })).rejects.toThrow(
      'another superuser password',
    );
    await (await startPostgres(home)).stop();
  });

  it('takes another port when the preferred one is taken, and the preferred one when it is free', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const taken = (squatter.address() as { port: number }).port;
    const displaced = await startPostgres({ ...home, preferredPort: taken });
    expect(displaced.port).not.toBe(taken);
    await displaced.stop();
    await new Promise((resolve) => squatter.close(resolve));
    const placed = await startPostgres({ ...home, preferredPort: taken });
    expect(placed.port).toBe(taken);
    await placed.stop();
  });
});

describe('a directory that holds something else', () => {
  it('is left alone', async () => {
    const home = options('not a cluster');
    mkdirSync(path.join(home.dataDir, 'precious'), { recursive: true });
    await expect(startPostgres(home)).rejects.toThrow('neither empty nor a Postgres data directory');
    expect(readdirSync(home.dataDir)).toEqual(['precious']);
  });
});

describe('a setting that Postgres refuses', () => {
  it('fails the start with the end of the log and frees the directory', async () => {
    const home = options('bad setting', { ...THROWAWAY, work_mem: 'much' });
    await expect(startPostgres(home)).rejects.toMatchObject({
      code: 'embedded.start-failed',
      message: expect.stringContaining('work_mem'),
    });
    await (await startPostgres({ ...home, settings: THROWAWAY })).stop();
  });
});
