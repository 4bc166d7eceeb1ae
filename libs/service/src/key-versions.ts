import { randomBytes } from 'node:crypto';
import { readPrivateFile } from '@millrace/crypto';
import { Secret } from '@millrace/kernel';
import { WatchedFiles } from './watched-files.js';

const LINE = /^([1-9]\d{0,8}) ([A-Za-z0-9_-]{43})$/;

export interface KeyVersion {
  readonly version: number;
  /** 32 bytes. */
  readonly key: Secret<Buffer>;
}

/** One key of a region in several versions, from a file that has a line `<version> <32 bytes in base64url>` for each. */
export class KeyVersions {
  private readonly files: WatchedFiles<readonly KeyVersion[]>;

  constructor(file: string) {
    this.files = new WatchedFiles([file], () => readKeyVersions(file));
  }

  /** This, once its file has been read. @throws Error for a file that is missing or damaged */
  async loaded(): Promise<this> {
    await this.files.latest();
    return this;
  }

  /** The highest version: what new things are made with. */
  async newest(): Promise<KeyVersion> {
    return (await this.files.current()).at(-1)!;
  }

  /** A version that something was made with; undefined once it was retired. */
  async of(version: number): Promise<KeyVersion | undefined> {
    const find = (all: readonly KeyVersion[]) => all.find((one) => one.version === version);
    return find(await this.files.current()) ?? find(await this.files.latest());
  }

  /** Every version, the newest last, as the file is now. */
  latest(): Promise<readonly KeyVersion[]> {
    return this.files.latest();
  }
}

/** @throws Error for a file that is missing or has another form; it repeats nothing of it */
export async function readKeyVersions(file: string): Promise<readonly KeyVersion[]> {
  const content = await readPrivateFile(file);
  if (!content) throw new Error('A key file is missing from the region’s secrets directory');
  const lines = content.bytes.toString('utf8').trim().split('\n');
  const versions = lines.map((line) => {
    const [, version, key] = LINE.exec(line) ?? [];
    if (!version || !key) throw new Error('A key file has a line that is not "<version> <key>"');
    return { version: Number(version), key: new Secret(Buffer.from(key, 'base64url')) };
  });
  return versions.toSorted((one, other) => one.version - other.version);
}

export function newKeyVersion(version: number): KeyVersion {
  return { version, key: new Secret(randomBytes(32)) };
}

export function writeKeyVersions(versions: readonly KeyVersion[]): Buffer {
  const lines = versions.map(({ version, key }) => `${version} ${key.reveal().toString('base64url')}`);
  return Buffer.from(`${lines.join('\n')}\n`);
}
