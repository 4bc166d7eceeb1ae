import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ConnectorError, type ConnectorErrorCode } from '../connector-error.js';

/** Most files of one directory that are listed. */
const MAX_LISTED = 10_000;
/** A name of more bytes fits no common file system; room for what we put around it beside the target is left. */
const MAX_NAME_BYTES = 200;
const MODE = 0o600;

const CODES: Record<string, ConnectorErrorCode> = {
  ENOENT: 'missing-stream',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EROFS: 'forbidden',
  ELOOP: 'unsafe-path',
  ENOSPC: 'out-of-space',
  EDQUOT: 'out-of-space',
  EMFILE: 'too-many-connections',
  ENFILE: 'too-many-connections',
};

/**
 * One directory, and the only way to files in it. Names are names, never paths; a symbolic link is not followed, neither
 * as a file nor on the way to one; what is no regular file is not opened.
 */
export class FileRoot {
  private constructor(private readonly directory: string) {}

  /**
   * The directory `folder` (names separated by `/`; default the base itself) below `base`, made when it is missing.
   * @throws ConnectorError `unsafe-path` when a link leads out of the base, `files-not-offered` when there is no base
   */
  static async open(base: string, folder = ''): Promise<FileRoot> {
    let directory = await realpath(base).catch(() => {
      throw new ConnectorError('files-not-offered');
    });
    for (const name of folder.split('/').filter(Boolean)) {
      directory = path.join(directory, checkedName(name));
      await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw fileError(error, name);
      });
      const found = await lstat(directory).catch((error: unknown) => Promise.reject(fileError(error, name)));
      if (!found.isDirectory()) throw new ConnectorError('unsafe-path', { stream: name });
    }
    return new FileRoot(directory);
  }

  /** Names of the files with this extension, sorted. */
  async list(extension: string): Promise<string[]> {
    const entries = await readdir(this.directory, { withFileTypes: true }).catch((error: unknown) =>
      Promise.reject(fileError(error)),
    );
    const names = entries.filter((entry) => entry.isFile() && entry.name.endsWith(extension) && isName(entry.name));
    return names
      .map(({ name }) => name)
      .sort()
      .slice(0, MAX_LISTED);
  }

  /** Whether there is a file of that name. */
  async has(name: string): Promise<boolean> {
    const found = await lstat(this.at(checkedName(name))).catch(() => undefined);
    return found?.isFile() === true;
  }

  /** Opens a file to be read. @throws ConnectorError `missing-stream`, `forbidden`, `unsafe-path` */
  async read(name: string): Promise<FileHandle> {
    return this.openAs(checkedName(name), constants.O_RDONLY);
  }

  /** Opens a file to be read and written, and makes it when there is none. */
  async write(name: string): Promise<FileHandle> {
    return this.openAs(checkedName(name), constants.O_RDWR | constants.O_CREAT);
  }

  /** What belongs to a file and is no stream: hidden, and of a name that no stream can have. */
  companion(name: string, role: string): Companion {
    const hidden = `.${checkedName(name)}.${role}`;
    return {
      open: () => this.openAs(hidden, constants.O_RDWR | constants.O_CREAT),
      readText: () => this.textOf(hidden),
      become: async (target) => {
        await rename(this.at(hidden), this.at(target)).catch((error: unknown) =>
          Promise.reject(fileError(error, name)),
        );
        await this.sync();
      },
      replaceText: async (text) => {
        const fresh = `${hidden}.new`;
        const handle = await this.openAs(fresh, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
        try {
          await handle.writeFile(text);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(this.at(fresh), this.at(hidden));
        await this.sync();
      },
      remove: () => rm(this.at(hidden), { force: true }),
    };
  }

  /** A name that came into being survives a crash only once its directory is written too. */
  private async sync(): Promise<void> {
    const handle = await open(this.directory, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  private async textOf(name: string): Promise<string | undefined> {
    try {
      const handle = await this.openAs(name, constants.O_RDONLY);
      try {
        return await handle.readFile('utf8');
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof ConnectorError && error.code === 'missing-stream') return undefined;
      throw error;
    }
  }

  private async openAs(name: string, flags: number): Promise<FileHandle> {
    // Not blocking, or a pipe of that name would hold us for ever.
    const guarded = flags | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(this.at(name), guarded, MODE).catch((error: unknown) =>
      Promise.reject(fileError(error, name)),
    );
    try {
      if (await this.isInside(name, await handle.stat())) return handle;
    } catch (error) {
      await handle.close();
      throw fileError(error, name);
    }
    await handle.close();
    throw new ConnectorError('unsafe-path', { stream: name });
  }

  /** Whether what was opened is the regular file that lies here, also if a folder on the way was exchanged meanwhile. */
  private async isInside(name: string, opened: Stats): Promise<boolean> {
    if (!opened.isFile() || (await realpath(this.directory)) !== this.directory) return false;
    const lying = await lstat(this.at(name));
    return lying.isFile() && lying.dev === opened.dev && lying.ino === opened.ino;
  }

  private at(name: string): string {
    return path.join(this.directory, name);
  }
}

/** A hidden file beside a stream's. */
export interface Companion {
  open(): Promise<FileHandle>;
  /** Undefined when there is none. */
  readText(): Promise<string | undefined>;
  /** Takes the place of the file `target` in one step. */
  become(target: string): Promise<void>;
  /** Writes the text in one step: afterwards it is whole or the old one. */
  replaceText(text: string): Promise<void>;
  remove(): Promise<void>;
}

function isName(name: string): boolean {
  return !/[/\\\0]/.test(name) && !name.startsWith('.') && Buffer.byteLength(name) <= MAX_NAME_BYTES && name !== '';
}

function checkedName(name: string): string {
  if (!isName(name)) throw new ConnectorError('unsafe-path', { stream: name.slice(0, MAX_NAME_BYTES) });
  return name;
}

/** An error of the file system as a connector error, without the paths of the operator's machine. Others pass. */
export function fileError(error: unknown, stream?: string): Error {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof ConnectorError || syscall === undefined) return error as Error;
  return new ConnectorError(CODES[code ?? ''] ?? 'unexpected', { stream });
}
