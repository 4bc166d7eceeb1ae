import { chmod, link, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyProviderContract } from './key-provider.contract.js';
import { withKeyringLock } from './keyring-lock.js';
import { LocalKeyring } from './local-keyring.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyring-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

keyProviderContract('the local keyring', () => LocalKeyring.open(join(folder, 'keys', 'keyring.json')));

describe('the local keyring', () => {
  const path = () => join(folder, 'keyring.json');
  const binding = Buffer.from('binding');
  const dataKey = Buffer.alloc(32, 7);

  it('keeps its keys over a restart, in a file and a folder that only the owner may open', async () => {
    const deep = join(folder, 'a', 'b', 'keyring.json');
    const first = await LocalKeyring.open(deep);
    await first.createKey('org-1');
    const wrapped = await first.wrap('org-1', dataKey, binding);
    const second = await LocalKeyring.open(deep);
    expect(await second.unwrap('org-1', wrapped, binding)).toEqual(dataKey);
    expect((await stat(deep)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'a', 'b'))).mode & 0o777).toBe(0o700);
  });

  it('refuses a file or a folder that is open to others, and a symbolic link', async () => {
    await LocalKeyring.open(path());
    await chmod(path(), 0o640);
    await expect(LocalKeyring.open(path())).rejects.toMatchObject({ code: 'key-file-permissions' });
    await chmod(path(), 0o600);
    await chmod(folder, 0o755);
    await expect(LocalKeyring.open(path())).rejects.toMatchObject({ code: 'key-file-permissions' });
    await chmod(folder, 0o700);
    await symlink('/etc/hostname', join(folder, 'link.json'));
    await expect(LocalKeyring.open(join(folder, 'link.json'))).rejects.toMatchObject({ code: 'key-file-permissions' });
  });

  it('refuses a damaged file without quoting it', async () => {
    await LocalKeyring.open(path());
    await writeFile(path(), '{"keys":"marker-1234"');
    const error = await LocalKeyring.open(path()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'key-file-invalid' });
    expect(String(error)).not.toContain('marker');
  });

  it('keeps the minimum decryption version over a restart, and refuses a file whose minimum is no version', async () => {
    const first = await LocalKeyring.open(path());
    await first.createKey('org-1');
    await first.rotateKey('org-1');
    await first.setMinimumDecryptionVersion('org-1', 2);
    const second = await LocalKeyring.open(path());
    expect(await second.describeKey('org-1')).toMatchObject({ minimumDecryptionVersion: 2 });
    const content = await readFile(path(), 'utf8');
    await writeFile(path(), content.replace('"minimumDecryptionVersion": 2', '"minimumDecryptionVersion": 3'));
    await expect(LocalKeyring.open(path())).rejects.toMatchObject({ code: 'key-file-invalid' });
  });

  it('shows a key that one process destroyed as gone to all others at once', async () => {
    const [one, two] = [await LocalKeyring.open(path()), await LocalKeyring.open(path())];
    await one.createKey('org-1');
    const wrapped = await two.wrap('org-1', dataKey, binding);
    await one.destroyKey('org-1');
    await expect(two.unwrap('org-1', wrapped, binding)).rejects.toMatchObject({ code: 'key-not-found' });
  });

  it('leaves nothing of a destroyed key in its folder or in the replaced file', async () => {
    const keyring = await LocalKeyring.open(path());
    await keyring.createKey('org-1');
    const { keys } = JSON.parse(await readFile(path(), 'utf8')) as { keys: { versions: { key: string }[] }[] };
    const bytes = keys[0]!.versions[0]!.key;
    const outside = await mkdtemp(join(tmpdir(), 'kept-'));
    await link(path(), join(outside, 'kept'));
    await keyring.destroyKey('org-1');
    expect(await readdir(folder)).toEqual(['keyring.json']);
    expect(await readFile(path(), 'utf8')).not.toContain(bytes);
    expect(await readFile(join(outside, 'kept'), 'latin1')).not.toContain(bytes);
    await rm(outside, { recursive: true });
  });

  it('wipes what a crash in the middle of a change left behind', async () => {
    const keyring = await LocalKeyring.open(path());
    const left = `${path()}.0000${'.new'}`;
    await writeFile(left, 'marker', { mode: 0o600 });
    await link(left, join(folder, 'kept'));
    await keyring.createKey('org-1');
    expect(await readdir(folder)).toEqual(['kept', 'keyring.json']);
    expect(await readFile(join(folder, 'kept'), 'utf8')).not.toContain('marker');
    await writeFile(left, 'marker', { mode: 0o600 });
    await LocalKeyring.open(path());
    expect(await readdir(folder)).not.toContain('keyring.json.0000.new');
  });

  it('loses no key when two processes change it at the same time', async () => {
    const keyrings = [await LocalKeyring.open(path()), await LocalKeyring.open(path())];
    const names = Array.from({ length: 30 }, (_, index) => `org-${index}`);
    await Promise.all(names.map((name, index) => keyrings[index % 2]!.createKey(name)));
    const listed = (await keyrings[0]!.listKeys()).map(({ keyName }) => keyName);
    expect(listed.sort()).toEqual(names.sort());
  });

  it('takes no lock from a holder that runs', async () => {
    const lock = `${path()}.lock`;
    await withKeyringLock(lock, async () => {
      const attempt = withKeyringLock(lock, async () => 'taken', 200);
      await expect(attempt).rejects.toMatchObject({ code: 'keyring-locked' });
    });
    expect(await withKeyringLock(lock, async () => 'free', 200)).toBe('free');
  });

  it('takes over a lock whose holder died, also when its process id is in use again', async () => {
    const keyring = await LocalKeyring.open(path());
    await writeFile(`${path()}.lock`, '999999999 1');
    await keyring.createKey('org-1');
    await writeFile(`${path()}.lock`, `${process.pid} 1`);
    await keyring.createKey('org-2');
    expect(await keyring.listKeys()).toHaveLength(2);
  });
});
