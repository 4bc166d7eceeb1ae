import { createHash, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from '@jest/globals';
import { BUNDLE_FORMAT, BUNDLE_KIND, type BundleManifest, type BundleStatement } from '@millrace/contracts';
import { noteSigner, type NoteSigner, signStatement } from '@millrace/ledger';
import { scratchDirectory } from '@millrace/testing';
import { ZipFile } from 'yazl';
import { checkBundle } from './check-bundle.js';

const scratch = scratchDirectory();
afterAll(() => scratch[Symbol.dispose]());

const newSigner = () => noteSigner('millrace/fluxent/local', generateKeyPairSync('ed25519').privateKey);
const [signer, stranger] = [newSigner(), newSigner()];
const digestOf = (content: string) => createHash('sha256').update(content).digest('hex');
const CASE = '0192f000-0000-7000-8000-00000000000a';
const JSON_FILE = 'data/vault/person.json';
const CSV_FILE = 'data/vault/person.csv';
const DATA: Readonly<Record<string, string>> = {
  [JSON_FILE]: '[\n{"name":"Ada"}\n]\n',
  [CSV_FILE]: 'name\r\nAda\r\n',
  'schema.json': '{}\n',
  'index.html': '<!doctype html>\n',
};

type Content = readonly (readonly [name: string, content: string])[];

interface Forgery {
  readonly data?: Readonly<Record<string, string>>;
  readonly statement?: Partial<BundleStatement>;
  readonly by?: NoteSigner;
  readonly kind?: string;
  readonly manifest?: (text: string) => string;
}

/** The files of a bundle as the gateway writes them, but for what is to be wrong with it. */
function filesOf({
  data = DATA,
  statement,
  by = signer,
  kind = BUNDLE_KIND,
  manifest = (text) => text,
}: Forgery = {}): [string, string][] {
  const content: BundleManifest = {
    format: BUNDLE_FORMAT,
    caseId: CASE,
    exportedAt: '2026-04-22T12:00:00.000Z',
    charter: 'fluxent',
    region: 'local',
    files: Object.entries(data).map(([name, text]) => ({
      name,
      sha256: digestOf(text),
      bytes: Buffer.byteLength(text),
      ...(name.startsWith('data/') ? { rows: 1 } : {}),
    })),
  };
  const text = JSON.stringify(content);
  const { caseId, charter, region } = content;
  const signedAt = '2026-04-22T12:00:01.000Z';
  const said = { caseId, charter, region, manifest: digestOf(text), signedAt, ...statement };
  return [...Object.entries(data), ['manifest.json', manifest(text)], ['manifest.sig', signStatement(kind, said, by)]];
}

async function zipOf(files: Content): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of files) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return buffer(zip.outputStream);
}

async function look(bytes: Buffer | Content, key: string | undefined = signer.verifierKey) {
  const file = path.join(scratch.path, `${digestOf(String(Math.random()))}.zip`);
  writeFileSync(file, Buffer.isBuffer(bytes) ? bytes : await zipOf(bytes as Content));
  return checkBundle(file, key);
}

const faultsOf = async (bytes: Buffer | Content, key?: string) =>
  (await look(bytes, key)).faults.map(({ kind, file }) => `${kind} ${file}`);

/** Writes over bytes of a ZIP, as an editor would that knows nothing of ZIPs. */
function patched(bytes: Buffer, from: string, to: string, places: 'all' | 'first' = 'all'): Buffer {
  expect(to).toHaveLength(from.length);
  const text = bytes.toString('latin1');
  return Buffer.from(places === 'all' ? text.replaceAll(from, to) : text.replace(from, to), 'latin1');
}

describe('a bundle', () => {
  it('holds as it was made, and tells what it is', async () => {
    expect(await look(filesOf())).toEqual({
      holds: true,
      signature: 'valid',
      faults: [],
      manifest: {
        format: BUNDLE_FORMAT,
        caseId: CASE,
        exportedAt: '2026-04-22T12:00:00.000Z',
        charter: 'fluxent',
        region: 'local',
        files: 4,
        rows: 1,
      },
    });
  });

  it('is not said to be signed where nobody said by which key', async () => {
    const file = path.join(scratch.path, 'without-key.zip');
    writeFileSync(file, await zipOf(filesOf({ by: stranger })));
    expect(await checkBundle(file)).toMatchObject({ holds: true, signature: 'not-checked' });
  });

  it('is not looked at with a key that is none', async () => {
    await expect(look(filesOf(), 'a key')).rejects.toThrow();
  });
});

describe('a bundle that was changed', () => {
  const replace = (name: string, content: string): Content =>
    filesOf().map(([own, text]) => [own, own === name ? content : text]);

  it('names the file, whatever its new length', async () => {
    expect(await faultsOf(replace(JSON_FILE, '[\n{"name":"Eve"}\n]\n'))).toEqual([`changed ${JSON_FILE}`]);
    expect(await faultsOf(replace('index.html', '<!doctype html>\n<p>more'))).toEqual(['changed index.html']);
  });

  it.each(Array.from({ length: 8 }, (_, place) => place * 4))(
    'names the file of a single byte (%i)',
    async (offset) => {
      const bytes = await zipOf(filesOf());
      const place = bytes.indexOf(JSON_FILE) + JSON_FILE.length + (offset % 18);
      bytes[place]! ^= 0x10;
      const { holds, faults } = await look(bytes);
      expect(holds).toBe(false);
      expect(faults.some(({ file }) => file === JSON_FILE || file.endsWith('.zip'))).toBe(true);
    },
  );

  it('names what was removed', async () => {
    for (const name of [CSV_FILE, 'manifest.json', 'manifest.sig'])
      expect(await faultsOf(filesOf().filter(([own]) => own !== name))).toEqual([`removed ${name}`]);
  });

  it('names what was added', async () => {
    expect(await faultsOf([...filesOf(), ['data/sync/run.json', '[]']])).toEqual(['added data/sync/run.json']);
  });

  it('names a file that is there twice', async () => {
    const bytes = await zipOf([...filesOf(), [CSV_FILE.replace('person', 'pers0n'), 'name\r\nEve\r\n']]);
    expect(await faultsOf(patched(bytes, 'pers0n', 'person'))).toEqual([`duplicate ${CSV_FILE}`]);
  });

  it.each(['../../../../../etc/xy', '..\\..\\..\\..\\..\\etc\\xy', '/data/vault/person.cs', 'C:/data/vault/pers.csv'])(
    'names a file that leads out of its folder: %s',
    async (name) => {
      const odd = name.slice(0, CSV_FILE.length);
      expect(await faultsOf(patched(await zipOf(filesOf()), CSV_FILE, odd))).toEqual([
        `odd-name ${odd}`,
        `removed ${CSV_FILE}`,
      ]);
    },
  );

  it('names a file that another program would unpack elsewhere', async () => {
    const bytes = patched(await zipOf(filesOf()), CSV_FILE, '../../../../../etc/xy', 'first');
    expect(await faultsOf(bytes)).toEqual([`odd-name ${CSV_FILE}`, `removed ${CSV_FILE}`]);
  });

  it('names a file that has a second name', async () => {
    const marked = (id: string) => `${id}\x05\0`;
    const zip = new ZipFile();
    for (const [name, content] of filesOf()) {
      const isPlain = name !== CSV_FILE;
      zip.addBuffer(Buffer.from(content), name, isPlain ? { forceDosTimestamp: true } : {});
    }
    zip.end();
    const bytes = patched(await buffer(zip.outputStream), marked('UT'), marked('up'));
    expect(await faultsOf(bytes)).toEqual([`odd-name ${CSV_FILE}`, `removed ${CSV_FILE}`]);
  });

  it('names a file that is longer than it may be, whatever its digest', async () => {
    const manifest = (text: string) => text.replace(`"bytes":${DATA['schema.json']!.length}`, '"bytes":2');
    const text = filesOf({ manifest }).find(([name]) => name === 'manifest.json')![1];
    expect(await faultsOf(filesOf({ manifest, statement: { manifest: digestOf(text) } }))).toEqual([
      'changed schema.json',
    ]);
  });

  it('is not looked through where it has more files than any bundle, and told of a hundred faults at most', async () => {
    const more = (count: number): Content => Array.from({ length: count }, (_, place) => [`odd${place}`, '']);
    expect(await faultsOf([...filesOf(), ...more(150)])).toHaveLength(100);
    const { faults } = await look([...filesOf(), ...more(2_000)]);
    expect(faults.map(({ kind }) => kind)).toEqual(['unreadable']);
  });

  it('is not read where it is no ZIP, or half of one', async () => {
    const bytes = await zipOf(filesOf());
    for (const broken of [Buffer.from('not a zip'), bytes.subarray(0, bytes.length / 2)]) {
      const { holds, faults } = await look(broken);
      expect({ holds, kinds: faults.map(({ kind }) => kind) }).toEqual({ holds: false, kinds: ['unreadable'] });
    }
  });

  it('is not read where its manifest is none, is too long or names a file twice', async () => {
    const twice = (text: string) => text.replace(CSV_FILE, JSON_FILE);
    for (const manifest of [() => '{}', () => 'no JSON', (text: string) => text + ' '.repeat(2_000_000), twice])
      expect(await faultsOf(filesOf({ manifest }))).toEqual(['unreadable manifest.json']);
  });
});

describe('a signature', () => {
  it.each<[string, Forgery, string]>([
    ['of a manifest that was changed', { manifest: (text) => text.replace('local', 'other') }, 'changed manifest.json'],
    ['by another key', { by: stranger }, 'signature manifest.sig'],
    ['of something else', { kind: 'millrace/attestation/v1' }, 'signature manifest.sig'],
    ['of another request', { statement: { caseId: CASE.replace('a', 'b') } }, 'signature manifest.json'],
    ['under another charter', { statement: { charter: 'fluxcascade' } }, 'signature manifest.json'],
    ['of another region', { statement: { region: 'elsewhere' } }, 'signature manifest.json'],
  ])('does not hold %s', async (_what, forgery, fault) => {
    const { faults, signature } = await look(filesOf(forgery));
    expect(faults.map(({ kind, file }) => `${kind} ${file}`)).toEqual([fault]);
    expect(signature).toBe('invalid');
  });
});
