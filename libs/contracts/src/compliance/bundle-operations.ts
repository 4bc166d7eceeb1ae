import { z } from 'zod';
import { self } from '../caller.js';
import { f } from '../field.js';
import { get, Nothing, type Operation, operation, Part } from '../operation.js';
import { exportRest } from './export-rest.js';

/** The first line of `manifest.sig`, before the JSON of a {@link BundleStatement}. */
export const BUNDLE_KIND = 'millrace/bundle/v1';
/** What `manifest.json` says of its form. */
export const BUNDLE_FORMAT = 'millrace-bundle-1';
/** Files in one bundle at most: two for each table of each service, and those that explain them. */
export const MAX_BUNDLE_FILES = 2_000;
/** Bytes of `manifest.json` and of `manifest.sig` at most: whoever reads a bundle reads them whole. */
export const MAX_MANIFEST_BYTES = 1024 * 1024;

/** The files of a bundle that are not a table's. The manifest names every file but itself and its signature. */
export const bundleFiles = {
  index: 'index.html',
  schema: 'schema.json',
  manifest: 'manifest.json',
  signature: 'manifest.sig',
} as const;

const DATA_FILE = /^data\/[a-z][a-z-]{0,30}\/[a-z][a-z0-9_]{0,50}\.(json|csv)$/;

/** Whether a file of a bundle can be called so: there is no way out of the folder that it is unpacked into. */
export function isBundleFile(name: string): boolean {
  return DATA_FILE.test(name) || Object.values<string>(bundleFiles).includes(name);
}

/** The file that holds a table's rows. @throws Error for a service or table whose name no declaration could have */
export function dataFileOf(context: string, table: string, form: 'json' | 'csv'): string {
  const name = `data/${context}/${table}.${form}`;
  if (!DATA_FILE.test(name)) throw new Error('A table of a bundle has a name that no declared table has');
  return name;
}

/** Rows of one table, as they come in the parts of a bundle: a line of JSON each, whole lines in every part. */
export const BundleRows = z.strictObject({
  /** Every table comes twice, in the same order: whoever writes a file of JSON and one of CSV keeps neither. */
  pass: f.oneOf('json', 'csv'),
  context: f.word(),
  table: f.word(),
  rows: z.array(z.record(z.string(), f.personalJson())),
});
export type BundleRows = z.output<typeof BundleRows>;

/** The first line of a bundle's parts: what it is, before its rows. */
export const BundleHead = z.strictObject({
  caseId: f.id('case'),
  exportedAt: f.instant(),
  charter: f.word(),
  region: f.word(),
});
export type BundleHead = z.output<typeof BundleHead>;

/** `manifest.json`: every other file, by what was written of it. */
export const BundleManifest = z.strictObject({
  format: f.oneOf(BUNDLE_FORMAT),
  ...BundleHead.shape,
  files: z
    .array(
      z.strictObject({
        name: f.machineText(200),
        sha256: f.digest(),
        bytes: f.count(),
        /** Of a table's file. */
        rows: f.count().optional(),
      }),
    )
    .max(MAX_BUNDLE_FILES),
});
export type BundleManifest = z.output<typeof BundleManifest>;

/** What the region says of a bundle in `manifest.sig`; see `readStatement` of the ledger for how it is signed. */
export const BundleStatement = z.strictObject({
  caseId: f.id('case'),
  charter: f.word(),
  region: f.word(),
  /** SHA-256 of `manifest.json`. */
  manifest: f.digest(),
  signedAt: f.instant(),
});
export type BundleStatement = z.output<typeof BundleStatement>;

export const signBundle = operation({
  name: 'compliance.me.sign-bundle',
  summary: 'Sign the manifest of a bundle of everything that is held about you, and complete its case',
  input: z.strictObject({ caseId: f.id('case'), manifest: f.digest(), files: f.count(), rows: f.count() }),
  /** A C2SP signed note: {@link BUNDLE_KIND}, the JSON of a {@link BundleStatement}, and the ledger’s signature. */
  output: z.strictObject({ note: f.machineText(4_096) }),
  access: self(),
  audit: 'subject.bundle-completed',
});

export const exportBundle = operation({
  name: 'compliance.me.export-bundle',
  summary:
    'Everything that is held about you as a ZIP: a page to read, each table as JSON and CSV, and a signed manifest of all files',
  http: get('/api/v1/auth/me/export/bundle', {
    bundle: { rest: exportRest as Operation, sign: signBundle as Operation },
  }),
  input: Nothing,
  output: Part,
  access: self(),
  stepUp: true,
  audit: 'subject.exported',
  deadlineMs: 30_000,
});
