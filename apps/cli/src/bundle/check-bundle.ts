import { createHash } from 'node:crypto';
import {
  BUNDLE_KIND,
  bundleFiles,
  BundleManifest,
  BundleStatement,
  isBundleFile,
  MAX_BUNDLE_FILES,
  MAX_MANIFEST_BYTES,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type NoteVerifier, parseVerifierKey, readStatement } from '@millrace/ledger';
import { cliProblems } from '../region/problems.js';
import { type ZippedFile, ZipReader } from './zip-file.js';

/**
 * - `unreadable`: no ZIP, or one whose parts contradict each other
 * - `odd-name`: a file that no bundle has, or that another program would unpack under another name
 * - `duplicate`: a second file of the same name
 * - `added`, `removed`: in the ZIP and not in the manifest, or the reverse
 * - `changed`: its bytes are not those that the manifest names, or the manifest's not those that were signed
 * - `signature`: not what the key signed
 */
export type BundleFault = 'unreadable' | 'odd-name' | 'duplicate' | 'added' | 'removed' | 'changed' | 'signature';

export interface Finding {
  readonly kind: BundleFault;
  readonly file: string;
}

/** What a look at a bundle found; it holds when there is no fault. */
export interface BundleVerdict {
  readonly holds: boolean;
  /** `not-checked`: no key was given, so that anybody may have made it. */
  readonly signature: 'valid' | 'invalid' | 'not-checked';
  readonly faults: readonly Finding[];
  /** What the manifest says, as far as it can be read. */
  readonly manifest?: Omit<BundleManifest, 'files'> & { readonly files: number; readonly rows: number };
}

/** How many faults are told: a ZIP that was made to be checked may have any number of them. */
const MAX_FAULTS = 100;

/**
 * Checks a bundle on its own: nobody is asked.
 * @param key the ledger's verifier key, from somewhere else than the bundle; without it nothing shows who made it
 * @throws Problem `cli.usage` for a key that is none
 */
export async function checkBundle(file: string, key?: string): Promise<BundleVerdict> {
  const verifier = key === undefined ? undefined : verifierOf(key);
  const check = new BundleCheck(verifier);
  await check.run(file).catch(() => check.note('unreadable', file));
  return check.verdict();
}

function verifierOf(key: string): NoteVerifier {
  try {
    return parseVerifierKey(key.trim());
  } catch (cause) {
    throw new Problem(cliProblems.usage, { detail: 'A verifier key reads name+hash+key.', cause });
  }
}

class BundleCheck {
  private readonly faults: Finding[] = [];
  private manifest: BundleManifest | undefined;
  private isSigned = false;

  constructor(private readonly verifier: NoteVerifier | undefined) {}

  note(kind: BundleFault, file: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push({ kind, file });
  }

  verdict(): BundleVerdict {
    const { faults, manifest } = this;
    const signature = this.verifier === undefined ? 'not-checked' : this.isSigned ? 'valid' : 'invalid';
    const holds = faults.length === 0;
    if (!manifest) return { holds, signature, faults };
    // A table's rows are in two files.
    const rows = manifest.files.reduce(
      (sum, { name, rows: count = 0 }) => sum + (name.endsWith('.json') ? count : 0),
      0,
    );
    return { holds, signature, faults, manifest: { ...manifest, files: manifest.files.length, rows } };
  }

  async run(file: string): Promise<void> {
    await using zip = await ZipReader.open(file);
    if (zip.fileCount > MAX_BUNDLE_FILES) throw new Error('More files than a bundle can have');
    const files = await this.wellNamed(zip, await zip.files());
    await this.readManifest(zip, files);
    const { manifest } = this;
    if (!manifest) return;
    for (const named of manifest.files) {
      const found = files.get(named.name);
      if (!found) this.note('removed', named.name);
      else if (!(await holds(zip, found, named))) this.note('changed', named.name);
    }
    const expected = new Set([...manifest.files.map(({ name }) => name), bundleFiles.manifest, bundleFiles.signature]);
    for (const name of files.keys()) if (!expected.has(name)) this.note('added', name);
  }

  private async wellNamed(zip: ZipReader, all: readonly ZippedFile[]): Promise<Map<string, ZippedFile>> {
    const files = new Map<string, ZippedFile>();
    for (const one of all) {
      if (!isBundleFile(one.name) || (await zip.hasOtherName(one))) this.note('odd-name', one.name);
      else if (files.has(one.name)) this.note('duplicate', one.name);
      else files.set(one.name, one);
    }
    return files;
  }

  private async readManifest(zip: ZipReader, files: ReadonlyMap<string, ZippedFile>): Promise<void> {
    const [manifest, note] = [
      await this.smallFile(zip, files, bundleFiles.manifest),
      await this.smallFile(zip, files, bundleFiles.signature),
    ];
    if (!manifest) return;
    const parsed = BundleManifest.safeParse(asJson(manifest));
    if (!parsed.success || new Set(parsed.data.files.map(({ name }) => name)).size < parsed.data.files.length)
      return this.note('unreadable', bundleFiles.manifest);
    this.manifest = parsed.data;
    if (note && this.verifier) this.checkSignature(this.verifier, parsed.data, digestOf(manifest), String(note));
  }

  private async smallFile(zip: ZipReader, files: ReadonlyMap<string, ZippedFile>, name: string) {
    const file = files.get(name);
    if (!file) return this.note('removed', name);
    if (file.entry.uncompressedSize > MAX_MANIFEST_BYTES) return this.note('unreadable', name);
    return zip.bytesOf(file).catch(() => this.note('unreadable', name));
  }

  private checkSignature(verifier: NoteVerifier, manifest: BundleManifest, digest: string, note: string): void {
    const statement = statementOf(note, verifier);
    if (!statement) return this.note('signature', bundleFiles.signature);
    const { caseId, charter, region } = statement;
    const isOfIt = manifest.caseId === caseId && manifest.charter === charter && manifest.region === region;
    if (statement.manifest !== digest) this.note('changed', bundleFiles.manifest);
    else if (!isOfIt) this.note('signature', bundleFiles.manifest);
    else this.isSigned = true;
  }
}

/** What a note states, when this key signed it and it is about a bundle. */
function statementOf(note: string, verifier: NoteVerifier): BundleStatement | undefined {
  try {
    return BundleStatement.parse(readStatement(BUNDLE_KIND, note, verifier));
  } catch {
    return undefined;
  }
}

async function holds(zip: ZipReader, file: ZippedFile, named: BundleManifest['files'][number]): Promise<boolean> {
  // What is too long is not unpacked at all.
  if (file.entry.uncompressedSize !== named.bytes) return false;
  return (await zip.digestOf(file).catch(() => undefined)) === named.sha256;
}

function asJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
