/**
 * Removes what `make demo` keeps on this machine: `.millrace/` and the database clusters that had to move to a
 * directory of the system (see libs/embedded). Refuses while something still runs on them.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from './runtime.mjs';
import { registerTypescript } from './typescript-hooks.mjs';

const home = path.join(root, '.millrace');

registerTypescript();
const { removeServerData } = await import('../libs/embedded/src/index.ts');

function clean() {
  if (!existsSync(home)) return 'There is nothing to remove.';
  removeServerData(home);
  return 'Removed .millrace/ and everything in it.';
}

try {
  console.log(clean());
} catch (error) {
  // A problem's detail is the sentence for a person; anything else has only its message.
  console.error(error.details?.detail ?? error.message);
  process.exitCode = 1;
}
