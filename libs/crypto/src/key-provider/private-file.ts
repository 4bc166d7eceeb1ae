import { randomFillSync, randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { chmod, type FileHandle, link, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CryptoError } from '../crypto-error.js';

const ANY_OTHERS = 0o077n;
const GROUP_READS = 0o040n;
/** A keyring of a hundred thousand keys is about 20 MB; anything larger is not one of our files. */
const MAX_FILE_BYTES = 64n * 1024n * 1024n;
const UNFINISHED = '.new';

/** Makes a folder that only its owner may enter (0700); one that exists is checked: `key-file-permissions`. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) await chmod(path, 0o700);
  const found = await stat(path, { bigint: true });
  if (!found.isDirectory()) throw new CryptoError('key-file-invalid', 'The key folder is not a folder');
  if (!isOwn(found)) throw refused('folder belongs to another user');
  if ((found.mode & ANY_OTHERS) !== 0n) throw refused('folder is open to other users; it must be 0700');
}

/**
 * The content of a file that only its owner may read (0600), or undefined when it does not exist. A secret that a cluster
 * mounts is accepted too: owned by root, readable by the group of a process that is not root, and reached over a symbolic
 * link that stays in its folder. Throws `key-file-permissions` for any other.
 */
export async function readPrivateFile(path: string): Promise<{ bytes: Buffer; stats: BigIntStats } | undefined> {
  const target = await resolveInFolder(path);
  if (target === undefined) return undefined;
  const file = await openFile(target, constants.O_RDONLY);
  if (!file) return undefined;
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) throw new CryptoError('key-file-invalid', 'Not a key file');
    assertPrivate(stats);
    return { bytes: await file.readFile(), stats };
  } finally {
    await file.close();
  }
}

/**
 * Writes a private file (0600, in a folder 0700) in one step: a reader sees all of it or nothing, also after a crash
 * (new file, fsync, rename or link, fsync of the folder). With `mustBeNew` an existing file is never touched and the
 * attempt rejects with `EEXIST`. With `overwriteOld` the blocks of the replaced file are overwritten afterwards; what
 * copy-on-write file systems and flash translation keep of them is beyond a program's reach, so put key files on an
 * encrypted volume.
 */
export async function writePrivateFile(
  path: string,
  bytes: Uint8Array,
  options: { readonly overwriteOld?: boolean; readonly mustBeNew?: boolean } = {},
): Promise<void> {
  await ensurePrivateFolder(dirname(path));
  const old = options.overwriteOld ? await openFile(path, constants.O_RDWR) : undefined;
  const unfinished = `${path}.${randomUUID()}${UNFINISHED}`;
  try {
    await writeNew(unfinished, bytes);
    await (options.mustBeNew ? link(unfinished, path) : rename(unfinished, path));
    await syncFolder(dirname(path));
    if (old) await overwrite(old);
  } finally {
    await old?.close();
    await rm(unfinished, { force: true });
  }
}

/** Overwrites and removes what a crash during {@link writePrivateFile} left behind. Only for the file's one writer. */
export async function wipeUnfinished(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith(UNFINISHED)) continue;
    const file = await openFile(join(folder, name), constants.O_RDWR);
    if (!file) continue;
    try {
      await overwrite(file);
    } finally {
      await file.close();
    }
    await rm(join(folder, name), { force: true });
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function overwrite(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  await file.write(randomFillSync(Buffer.alloc(size)), 0, size, 0);
  await file.sync();
  await file.truncate(0);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openFile(path: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw refused('file is a symbolic link');
    throw error;
  }
}

async function resolveInFolder(path: string): Promise<string | undefined> {
  try {
    const [folder, target] = [await realpath(dirname(path)), await realpath(path)];
    if (!target.startsWith(`${folder}/`)) throw refused('file is a symbolic link out of its folder');
    return target;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function assertPrivate(stats: BigIntStats): void {
  const mounted = stats.uid === 0n && process.getuid?.() !== 0;
  if (!isOwn(stats) && !mounted) throw refused('file belongs to another user');
  const allowed = mounted ? GROUP_READS : 0n;
  if ((stats.mode & ANY_OTHERS & ~allowed) !== 0n) throw refused('file is open to other users; it must be 0600');
}

function isOwn(stats: BigIntStats): boolean {
  const user = process.getuid?.();
  return user === undefined || stats.uid === BigInt(user);
}

function refused(what: string): CryptoError {
  return new CryptoError('key-file-permissions', `The key ${what}`);
}
