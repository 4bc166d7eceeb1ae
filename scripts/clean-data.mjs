/**
 * Removes what `make demo` keeps on this machine: `.millrace/` and the database clusters that had to move to a
 * directory of the system (see libs/embedded). Refuses while something still runs on them.
 */
import { existsSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root } from './runtime.mjs';
import { registerTypescript } from './typescript-hooks.mjs';

const home = path.join(root, '.millrace');
/** Clusters lie at most this many folders below `.millrace/`. */
const MAX_DEPTH = 4;

registerTypescript();
const { liveOwner, removeCluster } = await import('../libs/embedded/src/index.ts');

/** Every place in `folder` beside which a claim lies, and every link: one of both marks each server's directory. */
function serverDirectories(folder, depth = 0) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const place = path.join(folder, entry.name);
    if (entry.isSymbolicLink() || existsSync(`${place}.owner.json`)) return [place];
    return entry.isDirectory() && depth < MAX_DEPTH ? serverDirectories(place, depth + 1) : [];
  });
}

function clean() {
  if (!existsSync(home)) return 'There is nothing to remove.';
  const directories = serverDirectories(home);
  const busy = directories.map((place) => liveOwner(realpathSync(place))).find(Boolean);
  if (busy) throw new Error(`Process ${busy} still runs on this data; stop it first (Ctrl-C where it was started).`);
  for (const directory of directories) removeCluster(directory);
  rmSync(home, { recursive: true, force: true });
  return 'Removed .millrace/ and everything in it.';
}

try {
  console.log(clean());
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
