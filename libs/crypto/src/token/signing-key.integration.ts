import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { generateSigningKey, loadOrCreateSigningKey, loadSigningKey, saveSigningKey } from './signing-key.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signing-'));
  path = join(folder, 'keys', 'gateway.pem');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('keeps a key in a file that only its owner may read, and never overwrites one', async () => {
  expect(await loadSigningKey(path)).toBeUndefined();
  const key = generateSigningKey();
  await saveSigningKey(path, key);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await loadSigningKey(path))!.keyId).toBe(key.keyId);
  await expect(saveSigningKey(path, generateSigningKey())).rejects.toThrow('EEXIST');
});

it('gives all that start at once the same key', async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateSigningKey(path)));
  expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1);
});

it('refuses files that others may read, that are damaged or that hold another kind of key', async () => {
  await saveSigningKey(path, generateSigningKey());
  await chmod(path, 0o604);
  await expect(loadSigningKey(path)).rejects.toMatchObject({ code: 'key-file-permissions' });
  await chmod(path, 0o600);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' });
  for (const content of ['', 'nonsense', rsa]) {
    await writeFile(path, content);
    await expect(loadSigningKey(path)).rejects.toMatchObject({ code: 'key-file-invalid' });
  }
});

it('reads a key over the symbolic links of a mounted secret, but over none that leaves its folder', async () => {
  await saveSigningKey(path, generateSigningKey());
  const mount = join(folder, 'keys');
  await mkdir(join(mount, '..2026'), { mode: 0o700 });
  await rename(path, join(mount, '..2026', 'gateway.pem'));
  await symlink('..2026', join(mount, '..data'));
  await symlink('..data/gateway.pem', path);
  expect(await loadSigningKey(path)).toBeDefined();
  await rename(join(mount, '..2026', 'gateway.pem'), join(folder, 'gateway.pem'));
  await symlink('../../gateway.pem', join(mount, '..2026', 'gateway.pem'));
  await expect(loadSigningKey(path)).rejects.toMatchObject({ code: 'key-file-permissions' });
});
