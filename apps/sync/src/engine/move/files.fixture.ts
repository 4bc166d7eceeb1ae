import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { csv } from '@millrace/connector-csv';
import { ndjson } from '@millrace/connector-ndjson';
import { FileRoot, Secret, type Session } from '@millrace/connector-sdk';
import { scratchDirectory } from '@millrace/testing';
import { dial, never } from '../../../../../libs/connectors/postgres/src/session.fixture.js';

/** A directory of files that both file connectors read and write. */
export class Folder {
  private readonly scratch: ReturnType<typeof scratchDirectory> | undefined;
  private readonly root: string;

  /** `root` is the directory; default one of its own, which goes with it. */
  constructor(root?: string) {
    this.scratch = root === undefined ? scratchDirectory() : undefined;
    this.root = root ?? this.scratch!.path;
  }

  at(name: string): string {
    return path.join(this.root, name);
  }

  write(name: string, content: string | Buffer): Promise<void> {
    return writeFile(this.at(name), content);
  }

  /** The file's text; undefined when there is none. */
  read(name: string): Promise<string | undefined> {
    return readFile(this.at(name), 'utf8').catch(() => undefined);
  }

  async open(format: 'csv' | 'ndjson', streams: Record<string, unknown> = {}): Promise<Session> {
    const connector = { csv, ndjson }[format];
    const files = await FileRoot.open(this.root);
    const config = connector.config.parse({ directory: 'test', streams });
    return connector.open(config as never, new Secret({}), { dial, files, applicationName: 'test', signal: never() });
  }

  [Symbol.dispose](): void {
    this.scratch?.[Symbol.dispose]();
  }
}
