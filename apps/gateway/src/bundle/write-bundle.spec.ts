import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { BundleManifest, type BundleRows } from '@millrace/contracts';
import { fromBufferPromise } from 'yauzl';
import { unzipped } from './unzipped.fixture.js';
import { bundleStream, type SignManifest } from './write-bundle.js';
import { ZipArchive } from './zip-archive.js';

const HEAD = {
  caseId: '0192f000-0000-7000-8000-00000000000a',
  exportedAt: '2026-04-22T12:00:00.000Z',
  charter: 'fluxent',
  region: 'local',
};
/** 1980-01-01 as a ZIP writes a day. */
const FIRST_DAY = 0x21;
const part = (...lines: object[]) => Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
const rows = (pass: BundleRows['pass'], table: string, ...content: object[]) => ({
  pass,
  context: 'vault',
  table,
  rows: content,
});
const sign: SignManifest = async () => 'a note\n';

async function* partsOf(...lines: object[]) {
  yield part(HEAD);
  for (const line of lines) yield part(line);
}

const filesOf = async (...lines: object[]) => unzipped(await buffer(bundleStream(partsOf(...lines), sign)));

describe('a bundle', () => {
  const [ada, ben] = [
    { name: 'Ada', id: 1 },
    { name: 'Ben', id: 2 },
  ];
  const whole = [rows('json', 'person', ada), rows('json', 'person', ben), rows('csv', 'person', ada, ben)];

  it('holds each table twice, a page, a schema, and a manifest of what was written', async () => {
    const asked: unknown[] = [];
    const stream = bundleStream(partsOf(...whole), async (manifest) => {
      asked.push(manifest);
      return 'a note\n';
    });
    const files = await unzipped(await buffer(stream));
    expect([...files.keys()]).toEqual([
      'data/vault/person.json',
      'data/vault/person.csv',
      'schema.json',
      'index.html',
      'manifest.json',
      'manifest.sig',
    ]);
    expect(JSON.parse(String(files.get('data/vault/person.json')))).toEqual([ada, ben]);
    expect(String(files.get('data/vault/person.csv'))).toBe('id,name\r\n1,Ada\r\n2,Ben\r\n');
    expect(String(files.get('manifest.sig'))).toBe('a note\n');
    const manifest = BundleManifest.parse(JSON.parse(String(files.get('manifest.json'))));
    expect(manifest).toMatchObject({ format: 'millrace-bundle-1', ...HEAD });
    expect(manifest.files.map(({ name, rows: count }) => [name, count])).toEqual([
      ['data/vault/person.json', 2],
      ['data/vault/person.csv', 2],
      ['schema.json', undefined],
      ['index.html', undefined],
    ]);
    for (const { name, sha256, bytes } of manifest.files)
      expect([sha256, bytes]).toEqual([digestOf(files.get(name)!), files.get(name)!.length]);
    expect(asked).toEqual([
      { caseId: HEAD.caseId, manifest: digestOf(files.get('manifest.json')!), files: 4, rows: 2 },
    ]);
  });

  it('has a page that says what is held where, escapes everything and runs nothing', async () => {
    const region = 'eu<script>alert(1)</script>';
    async function* parts() {
      yield part({ ...HEAD, charter: 'a.b' }, rows('json', 'known_device', ada));
    }
    const page = String((await unzipped(await buffer(bundleStream(parts(), sign)))).get('index.html'));
    expect(page).toContain('known device</th><td>1</td>');
    expect(page).toContain('href="data/vault/known_device.csv"');
    expect(page).toContain('Nothing about you is held here.');
    expect(page).toContain('<html lang="en">');
    expect(page).not.toMatch(/<script|https?:|onload|<img|<link/);
    await expect(buffer(bundleStream(asParts({ ...HEAD, region }), sign))).rejects.toThrow('region');
  });

  it('has the same data files when the same rows come at another time', async () => {
    const later = { ...HEAD, caseId: HEAD.caseId.replace('a', 'b'), exportedAt: '2027-01-01T00:00:00.000Z' };
    const first = await filesOf(...whole);
    const second = await unzipped(await buffer(bundleStream(asParts(later, ...whole), sign)));
    for (const name of [...first.keys()].filter((one) => one.startsWith('data/') || one === 'schema.json'))
      expect([name, second.get(name)]).toEqual([name, first.get(name)]);
    expect(second.get('manifest.json')).not.toEqual(first.get('manifest.json'));
  });

  it('says nothing of when it was packed', async () => {
    const zip = await fromBufferPromise(await buffer(bundleStream(partsOf(...whole), sign)));
    const times = new Set<string>();
    for await (const { lastModFileDate, lastModFileTime, extraFields } of zip.eachEntry())
      times.add(String([lastModFileDate, lastModFileTime, extraFields]));
    expect(times).toEqual(new Set([String([FIRST_DAY, 0, []])]));
  });

  it('leaves out of CSV what came after its JSON was written, and notes what went', async () => {
    const files = await filesOf(
      rows('json', 'person', ada),
      rows('json', 'session', ada),
      rows('csv', 'new_table', ben),
      rows('csv', 'person', ada, ben),
    );
    expect(String(files.get('data/vault/person.csv'))).toBe('id,name\r\n1,Ada\r\n');
    expect(String(files.get('data/vault/session.csv'))).toBe('id,name\r\n');
    expect([...files.keys()].filter((name) => name.includes('new_table'))).toEqual([]);
    const { files: named } = BundleManifest.parse(JSON.parse(String(files.get('manifest.json'))));
    expect(named.find(({ name }) => name === 'data/vault/session.csv')).toMatchObject({ rows: 0 });
  });

  it.each([
    ['a table that leads out', rows('json', '../../etc/passwd', ada), /./],
    ['a table with a name that none has', rows('json', 'Person', ada), 'no declared table'],
    ['a table that comes again', [rows('json', 'a', ada), rows('json', 'b', ada), rows('json', 'a', ada)], 'called so'],
    ['a line that is none', { rows: [] }, /./],
  ])('breaks off at %s', async (_what, lines, message) => {
    await expect(filesOf(...[lines].flat())).rejects.toThrow(message);
  });

  it('breaks off when it is not signed', async () => {
    const refuse = () => Promise.reject(new Error('no signature'));
    await expect(buffer(bundleStream(partsOf(...whole), refuse))).rejects.toThrow('no signature');
  });
});

describe('a bundle that is large', () => {
  it('asks for parts as its reader takes the bytes, and for no more once the reader has gone', async () => {
    let asked = 0;
    let isLeft = false;
    async function* endless() {
      try {
        yield part(HEAD);
        for (; ; asked++) yield part(rows('json', 'person', { id: asked, noise: noise() }));
      } finally {
        isLeft = true;
      }
    }
    const stream = bundleStream(endless(), sign);
    await once(stream, 'readable');
    await settled(() => asked);
    expect(asked).toBeLessThan(60);
    stream.destroy();
    await settled(() => asked);
    expect(isLeft).toBe(true);
  });

  it.each(['../x', '/etc/passwd', 'other.html', 'data/vault/person.exe'])('has no file called %s', async (name) => {
    await expect(new ZipArchive().add(name, ['a'])).rejects.toThrow('cannot be called so');
  });

  it('takes no further file once its reader has gone', async () => {
    const archive = new ZipArchive();
    archive.output.destroy();
    await expect(archive.add('index.html', ['a'])).rejects.toThrow('has gone');
  });
});

/** 16 KiB that cannot be compressed. */
const noise = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16 * 1024))).toString('base64');
const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function* asParts(...lines: object[]) {
  yield part(...lines);
}

/** Waits until a count no longer rises. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1, quiet = 0; quiet < 5; before = count()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    quiet = count() === before ? quiet + 1 : 0;
  }
}
