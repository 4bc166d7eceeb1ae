import { randomFillSync, randomUUID } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CryptoError } from '../crypto-error.js';

/** Anyone but the owner. */
const OTHERS = 0o077n;
/** A keyring of a hundred thousand keys is about 20 MB; anything larger is not one of our files. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Makes a folder that only its owner may enter (0700); one that exists is checked instead. */
export async function ensurePrivateFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) await chmod(path, 0o700);
  const found = await stat(path, { bigint: true });
  if (!found.isDirectory()) throw new CryptoError('key-file-invalid', 'The key folder is not a folder');
  assertPrivate(found, 'folder', '0700');
}

/**
 * The content of a file that only its owner may read (0600), in a folder that only its owner may enter (0700), or
 * undefined when it does not exist. Symbolic links are refused. Throws `key-file-permissions` otherwise.
 */
export async function readPrivateFile(path: string): Promise<{ bytes: Buffer; stats: BigIntStats } | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw new CryptoError('key-file-permissions', 'The key file is a symbolic link');
    throw error;
  }
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) throw new CryptoError('key-file-invalid', 'Not a key file');
    assertPrivate(stats, 'file', '0600');
    assertPrivate(await stat(dirname(path), { bigint: true }), 'folder', '0700');
    return { bytes: await file.readFile(), stats };
  } finally {
    await file.close();
  }
}

/**
 * Replaces a private file in one step: a reader sees the old bytes or the new ones, also after a crash (write to a
 * new file, fsync, rename, fsync of the folder). With `overwriteOld` the replaced file's blocks are then overwritten;
 * what copy-on-write file systems and flash translation keep of them is beyond a program's reach, so put key files on
 * an encrypted volume.
 */
export async function writePrivateFile(
  path: string,
  bytes: Uint8Array,
  options: { readonly overwriteOld?: boolean; readonly mustBeNew?: boolean } = {},
): Promise<void> {
  await ensurePrivateFolder(dirname(path));
  if (options.mustBeNew) return writeNew(path, bytes);
  const old = options.overwriteOld
    ? await open(path, constants.O_RDWR | constants.O_NOFOLLOW).catch(() => undefined)
    : undefined;
  const temporary = `${path}.${randomUUID()}.new`;
  try {
    await writeNew(temporary, bytes);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    if (old) await overwrite(old);
  } finally {
    await old?.close();
    await rm(temporary, { force: true });
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
  await syncFolder(dirname(path));
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

function assertPrivate(stats: BigIntStats, what: 'file' | 'folder', mode: string): void {
  const owner = process.getuid?.();
  if (owner !== undefined && stats.uid !== BigInt(owner)) {
    throw new CryptoError('key-file-permissions', `The key ${what} belongs to another user`);
  }
  if ((stats.mode & OTHERS) !== 0n) {
    throw new CryptoError('key-file-permissions', `The key ${what} is open to other users; it must be ${mode}`);
  }
}
