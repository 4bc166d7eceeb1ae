import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Secret, until } from '@millrace/kernel';
import { scratchDirectory } from '@millrace/testing';
import { claimFile } from './directory-claim.js';
import { removeCluster } from './postgres-directory.js';
import { startPostgres } from './postgres.js';
import { removeServerData } from './remove-server-data.js';
import { processIdentity } from './process-identity.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const asRoot = process.getuid?.() === 0;
const scratch = scratchDirectory();
afterAll(() => scratch[Symbol.dispose]());

interface Started {
  readonly program: ChildProcess;
  readonly uid: number;
  readonly pids: number[];
  readonly dataDir: string;
}

/** Runs `test-programs/start-servers.ts` in a process of its own. */
async function startElsewhere(directory: string, ...options: string[]): Promise<Started> {
  const hooks = path.join(root, 'scripts/typescript-hooks.mjs');
  const file = path.join(root, 'libs/embedded/test-programs/start-servers.ts');
  const program = spawn(process.execPath, ['--import', hooks, file, directory, ...options], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  program.stderr.on('data', (text: Buffer) => (complaint += String(text)));
  const line = await new Promise<string>((resolve, reject) => {
    program.stdout.once('data', (text: Buffer) => resolve(String(text)));
    program.once('exit', () => reject(new Error(`The program ended early: ${complaint}`)));
  });
  return { program, ...(JSON.parse(line) as Omit<Started, 'program'>) };
}

function alive(pids: number[]): number[] {
  return pids.filter((pid) => processIdentity(pid) !== undefined);
}

function allGone(pids: number[]): Promise<unknown> {
  return until('the servers to end', 20_000, () => alive(pids).length === 0);
}

function newDirectory(name: string): string {
  const directory = path.join(scratch.path, name);
  mkdirSync(directory, { mode: 0o711 });
  return directory;
}

describe('servers end with the process that started them', () => {
  const endings: [string, (program: ChildProcess) => unknown][] = [
    ['exits', (program) => program.stdin!.write('exit\n')],
    ['throws', (program) => program.stdin!.write('throw\n')],
    ['is interrupted', (program) => program.kill('SIGINT')],
    ['is terminated', (program) => program.kill('SIGTERM')],
    ['is killed', (program) => program.kill('SIGKILL')],
  ];

  it.each(endings)('when it %s', async (name, end) => {
    const { program, pids } = await startElsewhere(newDirectory(name));
    expect(alive(pids)).toEqual(pids);
    end(program);
    await allGone(pids);
  });
});

describe('a server left behind', () => {
  it('is stopped by the next start, which finds its data', async () => {
    const directory = newDirectory('left behind');
    const { program, pids } = await startElsewhere(directory);
    // Without its watchdogs nothing stops the servers when the program is killed.
    for (const watchdog of watchdogsOf(pids)) process.kill(watchdog, 'SIGKILL');
    program.kill('SIGKILL');
    await new Promise((resolve) => program.once('exit', resolve));
    expect(alive(pids)).toEqual(pids);

    const again = await startPostgres({
      dataDir: path.join(directory, 'postgres'),
      password: new Secret('a password'),
      logFile: path.join(directory, 'again.log'),
    });
    expect(alive(pids.slice(0, 1))).toEqual([]);
    await again.stop();
    process.kill(pids[1]!, 'SIGTERM');
    await allGone(pids);
  });

  it('is not confused with another process that got its number', async () => {
    const directory = newDirectory('reused number');
    const home = { dataDir: path.join(directory, 'postgres'), logFile: path.join(directory, 'log') };
    const first = await startPostgres({ ...home, password: new Secret('x') });
    first.kill('SIGKILL');
    await first.exited;
    const bystander = spawn('sleep', ['60']);
    const record = {
      owner: { pid: bystander.pid, identity: 'gone' },
      server: { pid: bystander.pid, identity: 'gone' },
    };
    writeFileSync(claimFile(first.dataDir), JSON.stringify(record));
    const lock = path.join(first.dataDir, 'postmaster.pid');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(bystander.pid)));

    const second = await startPostgres({ ...home, password: new Secret('x') });
    expect(alive([bystander.pid!])).toEqual([bystander.pid]);
    await second.stop();
    bystander.kill('SIGKILL');
  });
});

describe('accounts', () => {
  it('lets a user without rights run everything, in a path with a space', async () => {
    const directory = newDirectory('a user with no rights');
    if (asRoot) chownSync(directory, 65534, 65534);
    const { program, pids, uid, dataDir } = await startElsewhere(directory, ...(asRoot ? ['--as', 'nobody'] : []));
    expect(uid).not.toBe(0);
    expect(dataDir).toBe(path.join(directory, 'postgres'));
    expect(statSync(dataDir).uid).toBe(uid);
    program.kill('SIGTERM');
    await allGone(pids);
  });

  it('puts the data of root where the database can reach them when the wished place is closed', async () => {
    const directory = newDirectory('closed');
    chmodSync(directory, 0o700);
    const dataDir = path.join(directory, 'postgres');
    const server = await startPostgres({ dataDir, password: new Secret('x'), logFile: path.join(directory, 'log') });
    expect(server.dataDir).not.toBe(asRoot ? dataDir : undefined);
    expect(readFileSync(path.join(dataDir, 'PG_VERSION'), 'utf8')).toBe('18\n');
    await server.stop();
    removeCluster(dataDir);
    expect(statSync(server.dataDir, { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync(path.dirname(server.dataDir), { throwIfNoEntry: false })?.isDirectory() ?? false).toBe(!asRoot);
  });

  it('removes such data with the folder that they were wished in, but not while a server runs on them', async () => {
    const directory = newDirectory('removed');
    chmodSync(directory, 0o700);
    const dataDir = path.join(directory, 'region', 'postgres');
    const server = await startPostgres({ dataDir, password: new Secret('x'), logFile: path.join(directory, 'log') });
    expect(() => removeServerData(directory)).toThrow(`Process ${process.pid} still runs a server`);
    expect(statSync(dataDir).isDirectory()).toBe(true);
    await server.stop();
    removeServerData(directory);
    expect([existsSync(directory), existsSync(server.dataDir)]).toEqual([false, false]);
  });

  it('clears away data whose temporary folder somebody removed', async () => {
    const start = async (name: string) => {
      const directory = newDirectory(name);
      chmodSync(directory, 0o700);
      const logFile = path.join(scratch.path, `${name}.log`);
      return startPostgres({ dataDir: path.join(directory, 'postgres'), password: new Secret('x'), logFile });
    };
    const first = await start('forgotten');
    await first.stop();
    rmSync(path.join(scratch.path, 'forgotten'), { recursive: true });
    const second = await start('next');
    expect(existsSync(first.dataDir)).toBe(false);
    expect(existsSync(second.dataDir)).toBe(true);
    await second.stop();
  });
});

/** The shells that watch over the servers, found by their arguments. */
function watchdogsOf(pids: number[]): number[] {
  const processes = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  const watching = processes.filter((line) =>
    pids.some((pid) => new RegExp(`millrace-watchdog \\w+ ${pid}$`).test(line)),
  );
  return watching.map((line) => Number.parseInt(line, 10));
}
