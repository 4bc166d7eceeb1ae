import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ConnectorDefinition } from '../connector.js';
import { FILE_TYPES, type FileType } from '../file/file-format.js';
import { FileRoot } from '../file/file-root.js';
import type { CellKind } from '../schema/cell-kind.js';
import type { FieldSpec, Row, Sandbox, StreamSpec } from './sandbox.js';
import { sorted } from './workbench.js';

/** How files of a format look to somebody who does not use the connector. */
export interface FileLook {
  readonly extension: string;
  readonly kinds: readonly CellKind[];
  /** The whole text of a file. */
  readonly write: (spec: StreamSpec) => string;
  /** The text of more records behind it. */
  readonly more: (fields: readonly FieldSpec[], rows: readonly Row[]) => string;
  /** The columns of every record of a file. */
  readonly read: (text: string, columns: readonly FieldSpec[]) => Row[];
}

/** A directory of its own, in which a file connector works. */
export async function fileSandbox<Config, Credential>(
  connector: ConnectorDefinition<Config, Credential>,
  look: FileLook,
): Promise<Sandbox> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-files-'));
  const files = await FileRoot.open(directory);
  const specs = new Map<string, StreamSpec>();
  let count = 0;
  const at = (name: string) => path.join(directory, name);
  return {
    connector: connector as ConnectorDefinition<unknown, unknown>,
    get config() {
      return {
        directory: 'sandbox',
        streams: Object.fromEntries([...specs].map(([name, spec]) => [name, describe(spec)])),
      };
    },
    credential: {},
    dial: () => Promise.reject(new Error('A file connector dials nobody')),
    files,
    kinds: look.kinds,
    create: async (spec) => {
      const name = `stream-${++count}${look.extension}`;
      specs.set(name, spec);
      await writeFile(at(name), look.write(spec));
      return name;
    },
    insert: (name, rows) => appendFile(at(name), look.more(specs.get(name)!.fields, rows)),
    rewrite: async (name) => {
      const text = await readFile(at(name), 'utf8');
      await writeFile(at(name), text.replace('name 1', 'NAME 1'));
    },
    drop: (name) => rm(at(name)),
    target: () => ({ schema: 'public', name: `target-${++count}${look.extension}` }),
    readBack: async ({ name }, columns) => {
      const text = await readFile(at(name), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : sorted(look.read(text, columns));
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}

function describe({ fields, key }: StreamSpec) {
  const typed = fields.map(({ name, kind }) => [name, typeOf(kind)] as const);
  return { key, types: Object.fromEntries(typed) };
}

function typeOf(kind: CellKind): FileType {
  return Object.entries(FILE_TYPES).find(([, known]) => known === kind)![0] as FileType;
}
