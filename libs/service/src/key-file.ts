import { statSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type ContextName,
  type KeyFileKind,
  sealedContexts,
  type ServiceName,
  serviceNames,
} from '@millrace/contracts';
import {
  exportVerifyingKey,
  generateSealingKey,
  generateSigningKey,
  loadSigningKey,
  readPrivateFile,
  replaceSigningKey,
  writePrivateFile,
} from '@millrace/crypto';
import { newKeyVersion, readKeyVersions, writeKeyVersions } from './key-versions.js';
import { sealingFiles, signingFiles, versionedKeyFile } from './secrets-directory.js';

/** A key of a region as its operator replaces it, in the files of the secrets directory, while the region runs. */
export interface KeyFile {
  /**
   * Makes a new version that whoever accepts such keys can read. What it answers brings the version into use; do that
   * once everybody who accepts has read it. Given up in between, it leaves a version that nobody uses. Answers undefined
   * where who accepts is who uses, and the version is in use already.
   */
  add(): Promise<(() => Promise<void>) | undefined>;
  /** Removes every version but the one in use; answers how many it removed. */
  retire(): Promise<number>;
  /** When the version in use came into use. */
  inUseSince(): Date;
}

/** Who has a key of each kind. */
export const keyFileOwners: Readonly<Record<KeyFileKind, readonly ServiceName[]>> = {
  pepper: ['identity'],
  sealing: sealedContexts,
  signing: serviceNames,
};

/** @param root the secrets directory */
export function keyFile(root: string, kind: KeyFileKind, owner: ServiceName): KeyFile {
  if (kind === 'pepper') return pepperFile(path.join(root, versionedKeyFile('pepper')));
  const files = kind === 'sealing' ? sealingFiles(owner as ContextName) : signingFiles(owner);
  const both = { private: path.join(root, files.private), public: path.join(root, files.public) };
  return kind === 'sealing' ? sealingKeyFile(both) : signingKeyFile(both);
}

interface Halves {
  readonly private: string;
  readonly public: string;
}

/** One file with all versions; the highest is in use. */
function pepperFile(file: string): KeyFile {
  const write = (versions: Parameters<typeof writeKeyVersions>[0]) =>
    writePrivateFile(file, writeKeyVersions(versions), { overwriteOld: true });
  return {
    async add() {
      const versions = await readKeyVersions(file);
      await write([...versions, newKeyVersion(versions.at(-1)!.version + 1)]);
      return undefined;
    },
    async retire() {
      const versions = await readKeyVersions(file);
      await write(versions.slice(-1));
      return versions.length - 1;
    },
    inUseSince: () => statSync(file).mtime,
  };
}

/** Many private halves that open, one public half that is sealed to. */
function sealingKeyFile(files: Halves): KeyFile {
  const write = (lines: readonly string[]) =>
    writePrivateFile(files.private, Buffer.from(lines.join('\n')), { overwriteOld: true });
  return {
    async add() {
      const { line, publicKey } = generateSealingKey();
      await write([...(await linesOf(files.private)), line]);
      return () => replaceText(files.public, publicKey);
    },
    async retire() {
      const [lines, inUse] = [await linesOf(files.private), (await readFile(files.public, 'utf8')).trim()];
      const kept = lines.filter((line) => line.endsWith(` ${inUse}`));
      if (kept.length === 0) throw new Error('The key in use has no private half here; nothing was removed');
      await write(kept);
      return lines.length - kept.length;
    },
    inUseSince: () => statSync(files.public).mtime,
  };
}

/** One private half that signs, many public halves that verify. */
function signingKeyFile(files: Halves): KeyFile {
  const published = async () => (await readFile(files.public, 'utf8')).trim().split('\n');
  return {
    async add() {
      const key = generateSigningKey();
      await replaceText(files.public, [...(await published()), exportVerifyingKey(key)].join('\n'));
      return () => replaceSigningKey(files.private, key);
    },
    async retire() {
      const [known, inUse] = [await published(), await loadSigningKey(files.private)];
      if (!inUse) throw new Error('The key in use is not here; nothing was removed');
      await replaceText(files.public, exportVerifyingKey(inUse));
      return known.length - 1;
    },
    inUseSince: () => statSync(files.private).mtime,
  };
}

async function linesOf(file: string): Promise<string[]> {
  const content = await readPrivateFile(file);
  return content ? content.bytes.toString('utf8').trim().split('\n') : [];
}

/** In one step: whoever reads it meanwhile sees the old or the new text. */
async function replaceText(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, `${text}\n`);
  await rename(`${file}.new`, file);
}
