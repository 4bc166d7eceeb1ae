import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Entry, openPromise, type ZipFile } from 'yauzl';

/** A second name in an extra field, which some programs unpack under (Info-ZIP Unicode Path). */
const UNICODE_PATH = 0x7075;

/** A file in a ZIP, as its central directory has it. */
export interface ZippedFile {
  readonly name: string;
  readonly entry: Entry;
}

/**
 * Reads a ZIP file after file. Names are given as they are in it, never corrected: whoever checks must see what another program
 * would unpack.
 */
export class ZipReader implements AsyncDisposable {
  private constructor(private readonly zip: ZipFile) {}

  /** @throws Error for a file that cannot be read or is no ZIP */
  static async open(file: string): Promise<ZipReader> {
    return new ZipReader(await openPromise(file, { autoClose: false, decodeStrings: false }));
  }

  /** How many files the ZIP says that it has. */
  get fileCount(): number {
    return this.zip.entryCount;
  }

  /** @throws Error for a directory that contradicts itself */
  async files(): Promise<ZippedFile[]> {
    const files: ZippedFile[] = [];
    for await (const entry of this.zip.eachEntry()) files.push({ name: nameOf(entry), entry });
    return files;
  }

  /** Whether programs that read a ZIP in another way than this one would unpack the file under another name. */
  async hasOtherName({ entry }: ZippedFile): Promise<boolean> {
    const local = await this.zip.readLocalFileHeaderPromise(entry);
    const isOther = !local.fileName.equals(entry.fileNameRaw);
    return isOther || entry.extraFields.some(({ id }) => id === UNICODE_PATH);
  }

  /** The digest of a file's bytes. @throws Error when they cannot be unpacked or are not as many as the ZIP says */
  async digestOf({ entry }: ZippedFile): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of await this.zip.openReadStreamPromise(entry)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }

  /** The bytes of a file that is known to be small. @throws Error like {@link digestOf} */
  async bytesOf({ entry }: ZippedFile): Promise<Buffer> {
    return buffer(await this.zip.openReadStreamPromise(entry));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.zip.close();
  }
}

const nameOf = ({ fileNameRaw }: Entry): string => fileNameRaw.toString('utf8');
