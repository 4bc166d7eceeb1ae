import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  BUNDLE_FORMAT,
  bundleFiles,
  type BundleHead,
  type BundleManifest,
  dataFileOf,
  type Input,
  type signBundle,
} from '@millrace/contracts';
import { indexPage } from './bundle-index.js';
import { bundleSchema } from './bundle-schema.js';
import { type BundleContent, type BundleTable, readParts, type WrittenTable } from './bundle-tables.js';
import { type BundleRow, columnsOf, csvText, jsonText } from './row-text.js';
import { ZipArchive } from './zip-archive.js';

/** Signs a manifest; the note is what `manifest.sig` holds. */
export type SignManifest = (manifest: Input<typeof signBundle>) => Promise<string>;

type Files = BundleManifest['files'];

/**
 * The bytes of a signed bundle, written while they are read: nothing of it is kept anywhere. Should a part fail, or the signature,
 * the stream is destroyed with that error.
 * @param parts lines of a bundle, whole ones in each; a part is asked for when the reader has taken the one before
 */
export function bundleStream(parts: AsyncIterable<Buffer>, sign: SignManifest): Readable {
  const archive = new ZipArchive();
  write(archive, parts, sign).then(
    () => archive.end(),
    (error: unknown) => archive.fail(error as Error),
  );
  return archive.output;
}

async function write(archive: ZipArchive, parts: AsyncIterable<Buffer>, sign: SignManifest): Promise<void> {
  const content = await readParts(parts);
  const { files, tables } = await writeTables(archive, content);
  const add = async (name: string, text: string) => files.push(await archive.add(name, [text]));
  await add(bundleFiles.schema, json(bundleSchema(tables)));
  await add(bundleFiles.index, indexPage(content.head, tables));
  const manifest = manifestOf(content.head, files);
  const note = await sign({
    caseId: content.head.caseId,
    manifest: createHash('sha256').update(manifest).digest('hex'),
    files: files.length,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
  });
  await archive.add(bundleFiles.manifest, [manifest]);
  await archive.add(bundleFiles.signature, [note]);
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function manifestOf(head: BundleHead, files: Files): string {
  const manifest: BundleManifest = { format: BUNDLE_FORMAT, ...head, files };
  return json(manifest);
}

/** Writes each table as JSON, then each as CSV. */
async function writeTables(archive: ZipArchive, content: BundleContent) {
  const files: Files = [];
  const tables = new Map<string, WrittenTable>();
  for await (const one of content.tables) {
    const csv = dataFileOf(one.context, one.table, 'csv');
    if (one.pass === 'json') {
      const { table, file } = await writeJson(archive, one);
      tables.set(csv, table);
      files.push(file);
    } else files.push(...(await writeCsv(archive, one, tables.get(csv))));
  }
  const isWritten = new Set(files.map(({ name }) => name));
  // What has gone since its JSON was written.
  for (const [name, { columns }] of tables) {
    if (!isWritten.has(name)) files.push({ ...(await archive.add(name, csvText(columns, none()))), rows: 0 });
  }
  return { files, tables: [...tables.values()] };
}

async function writeJson(archive: ZipArchive, { context, table, rows }: BundleTable) {
  let columns: string[] = [];
  let count = 0;
  async function* counted(): AsyncGenerator<BundleRow> {
    for await (const row of rows) {
      if (count === 0) columns = columnsOf(row);
      count += 1;
      yield row;
    }
  }
  const file = await archive.add(dataFileOf(context, table, 'json'), jsonText(counted()));
  return { table: { context, table, columns, rows: count }, file: { ...file, rows: count } };
}

/** Of what came meanwhile nothing is in it: rows are added behind those that are there, and a copy is itself noted. */
async function writeCsv(archive: ZipArchive, { context, table, rows }: BundleTable, written?: WrittenTable) {
  let count = 0;
  async function* asMany(limit: number): AsyncGenerator<BundleRow> {
    for await (const row of rows) {
      if (count === limit) return;
      count += 1;
      yield row;
    }
  }
  if (written === undefined) return [];
  const file = await archive.add(dataFileOf(context, table, 'csv'), csvText(written.columns, asMany(written.rows)));
  return [{ ...file, rows: count }];
}

async function* none(): AsyncGenerator<BundleRow> {}
