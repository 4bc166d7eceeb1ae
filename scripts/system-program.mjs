/** Programs of the system that Millrace uses: found where they usually are, installed with the system's package manager. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { run } from './runtime.mjs';

/** Places that the PATH of an ordinary account often lacks: Debian's, then Homebrew's. */
const USUAL_PLACES = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

export const natsServer = {
  title: 'nats-server',
  programs: ['nats-server'],
  variable: 'NATS_SERVER_BIN',
  apt: 'nats-server',
  brew: ['nats-server'],
  elsewhere: 'export NATS_SERVER_BIN=/path/to/nats-server   (from https://github.com/nats-io/nats-server/releases)',
};

/** For tests only: a real browser makes passkeys and follows redirects. */
export const chromium = {
  title: 'Chromium',
  programs: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
  variable: 'MILLRACE_CHROMIUM',
  apt: 'chromium',
  brew: ['--cask', 'chromium'],
  elsewhere: 'export MILLRACE_CHROMIUM=/path/to/chromium',
};

/** Installs a program unless it is there. Answers what to tell the person when it is still missing, else nothing. */
export async function ensureProgram(program) {
  if (isThere(program)) return undefined;
  if (process.env[program.variable]) return `${program.variable} names a file that does not exist.`;
  if (hasProgram('apt-get') && process.getuid?.() === 0) await installWithApt(program);
  else if (process.platform === 'darwin' && hasProgram('brew'))
    await run('brew', ['install', '--quiet', ...program.brew]);
  return isThere(program) ? undefined : `${program.title} is missing; type: ${installCommand(program)}`;
}

function isThere({ programs, variable }) {
  if (process.env[variable]) return existsSync(process.env[variable]);
  const directories = [...(process.env.PATH ?? '').split(path.delimiter).filter(Boolean), ...USUAL_PLACES];
  return directories.some((directory) => programs.some((name) => isExecutable(path.join(directory, name))));
}

function isExecutable(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() && (found.mode & 0o111) !== 0;
}

function hasProgram(name) {
  return (process.env.PATH ?? '').split(path.delimiter).some((directory) => existsSync(path.join(directory, name)));
}

async function installWithApt({ title, apt }) {
  console.log(`Installing ${title} with apt-get …`);
  // A package may bring a system service. Millrace runs its own servers and must not start anything else.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1', RUNLEVEL: '1' };
  const options = { env, stdio: ['ignore', 'ignore', 'ignore'] };
  const install = () => run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', apt], options);
  if ((await install()) === 0) return;
  await run('apt-get', ['update', '-qq'], options);
  await install();
}

function installCommand({ apt, brew, elsewhere }) {
  if (process.platform === 'darwin') return `brew install ${brew.join(' ')}`;
  if (hasProgram('apt-get')) return `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y ${apt}`;
  return elsewhere;
}
