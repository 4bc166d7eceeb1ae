/**
 * The servers that all integration tests of one jest run share: a throwaway Postgres and a nats-server on free
 * ports. They live in jest's own process; workers find them through MILLRACE_TEST_STACK (see src/stack.ts).
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { registerTypescript } from '../../scripts/typescript-hooks.mjs';

/** Test files that may ask for a NATS account of their own in one run. */
const NATS_ACCOUNTS = 400;
const PREFIX = 'millrace-test-';

let running;

export async function startStack() {
  const removeHooks = registerTypescript();
  const { startNats, startPostgres, findNatsServer, THROWAWAY } = await import('../embedded/src/index.ts');
  const { Secret } = await import('../kernel/src/index.ts');
  removeHooks();
  sweep();
  const directory = mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
  // Root's servers run as another user, who must be able to pass through.
  chmodSync(directory, 0o711);
  const password = new Secret(randomBytes(18).toString('base64url'));
  const [postgres, nats] = await Promise.all([
    startPostgres({
      dataDir: path.join(directory, 'postgres'),
      password,
      settings: { ...THROWAWAY, max_connections: '300' },
      logFile: path.join(directory, 'postgres.log'),
    }),
    startNats({
      binary: findNatsServer({ explicit: process.env.NATS_SERVER_BIN, path: process.env.PATH }).path,
      storeDir: path.join(directory, 'nats'),
      config: accounts(password),
      logFile: path.join(directory, 'nats.log'),
    }),
  ]);
  running = { directory, postgres, nats };
  await countNatsAccounts(postgres);
  process.env.MILLRACE_TEST_STACK = JSON.stringify({
    directory,
    postgres: { host: postgres.host, port: postgres.port, superuser: postgres.superuser },
    nats: { url: nats.url, accounts: NATS_ACCOUNTS },
    password: password.reveal(),
  });
}

export async function stopStack() {
  if (!running) return;
  const { directory, postgres, nats } = running;
  running = undefined;
  delete process.env.MILLRACE_TEST_STACK;
  await Promise.all([postgres.stop('immediate'), nats.stop()]);
  rmSync(directory, { recursive: true, force: true });
}

/** One account per test file, because streams of the same name would collide; `shared` is for plain connections. */
function accounts(password) {
  const secret = JSON.stringify(password.reveal());
  const account = (name) => `  ${name} { jetstream: enabled, users: [ { user: ${name}, password: ${secret} } ] }`;
  const names = ['shared', ...Array.from({ length: NATS_ACCOUNTS }, (_, index) => `file${index + 1}`)];
  return ['accounts {', ...names.map(account), '}', 'no_auth_user: shared'].join('\n');
}

/** Workers are processes of their own, so the next free account is counted in the one place that all share. */
async function countNatsAccounts(postgres) {
  const client = new pg.Client({ connectionString: postgres.url('postgres').reveal() });
  await client.connect();
  await client.query('create sequence nats_account');
  await client.end();
}

/** Removes what a killed run left behind; its servers are gone already (see the embedded stack's watchdog). */
function sweep() {
  for (const name of readdirSync(os.tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid && !lives(Number(pid))) rmSync(path.join(os.tmpdir(), name), { recursive: true, force: true });
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
