import { existsSync, lstatSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '@millrace/kernel';
import { claimFile, liveOwner } from './directory-claim.js';
import { removeCluster } from './postgres-directory.js';
import { directoryInUse } from './problems.js';

/** Servers' directories are looked for at most this many folders below the given one. */
const MAX_DEPTH = 4;

/**
 * Removes `folder` with every server directory in it, those included that had to move to a directory of the system.
 * Nothing happens when there is no such folder.
 * @throws Problem `embedded.directory-in-use`, with nothing removed, while a server runs on one of them.
 */
export function removeServerData(folder: string): void {
  if (!existsSync(folder)) return;
  const directories = serverDirectories(folder);
  const owner = directories.map((directory) => liveOwner(target(directory))).find((pid) => pid !== undefined);
  if (owner) throw new Problem(directoryInUse, { detail: `Process ${owner} still runs a server in ${folder}.` });
  for (const directory of directories) removeCluster(directory);
  // Retried, because a server that is just ending may still write a last file.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Every place that is claimed, and every link: one of both marks the directory of each server. */
function serverDirectories(folder: string, depth = 0): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const place = path.join(folder, entry.name);
    if (entry.isSymbolicLink() || existsSync(claimFile(place))) return [place];
    return entry.isDirectory() && depth < MAX_DEPTH ? serverDirectories(place, depth + 1) : [];
  });
}

function target(directory: string): string {
  const isLink = lstatSync(directory).isSymbolicLink();
  return isLink ? path.resolve(path.dirname(directory), readlinkSync(directory)) : directory;
}
