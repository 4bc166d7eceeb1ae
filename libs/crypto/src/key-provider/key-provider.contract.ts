import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { openEnvelope, rewrapEnvelope, sealEnvelope } from '../envelope/envelope.js';
import { parseEnvelopeHeader } from '../envelope/envelope-header.js';
import { type KeyProvider, MAX_WRAPPED_BYTES } from './key-provider.js';

/** What every key provider must do. `open` gives the provider under test; key names are unique per test. */
export function keyProviderContract(adapter: string, open: () => Promise<KeyProvider>): void {
  const binding = Buffer.from('binding');
  const newName = () => `org-${randomBytes(8).toString('hex')}`;

  async function withKey(): Promise<{ provider: KeyProvider; keyName: string; dataKey: Buffer }> {
    const provider = await open();
    const keyName = newName();
    await provider.createKey(keyName);
    return { provider, keyName, dataKey: randomBytes(32) };
  }

  describe(`${adapter} as a key provider`, () => {
    it('unwraps what it wrapped', async () => {
      const { provider, keyName, dataKey } = await withKey();
      const wrapped = await provider.wrap(keyName, dataKey, binding);
      expect(wrapped.keyVersion).toBe(1);
      expect(wrapped.wrapped.length).toBeLessThanOrEqual(MAX_WRAPPED_BYTES);
      expect(wrapped.wrapped.includes(dataKey)).toBe(false);
      expect(await provider.unwrap(keyName, wrapped, binding)).toEqual(dataKey);
    });

    it('wraps the same key differently every time', async () => {
      const { provider, keyName, dataKey } = await withKey();
      const [first, second] = [
        await provider.wrap(keyName, dataKey, binding),
        await provider.wrap(keyName, dataKey, binding),
      ];
      expect(first.wrapped.equals(second.wrapped)).toBe(false);
    });

    it('refuses another binding, another key and changed bytes', async () => {
      const { provider, keyName, dataKey } = await withKey();
      const other = newName();
      await provider.createKey(other);
      const wrapped = await provider.wrap(keyName, dataKey, binding);
      const changed = Buffer.from(wrapped.wrapped);
      changed[changed.length - 1]! ^= 1;
      const refused = { code: 'wrap-refused' };
      await expect(provider.unwrap(keyName, wrapped, Buffer.from('other'))).rejects.toMatchObject(refused);
      await expect(provider.unwrap(other, wrapped, binding)).rejects.toMatchObject(refused);
      await expect(provider.unwrap(keyName, { ...wrapped, wrapped: changed }, binding)).rejects.toMatchObject(refused);
      await expect(provider.unwrap(keyName, { ...wrapped, wrapped: Buffer.alloc(0) }, binding)).rejects.toMatchObject(
        refused,
      );
    });

    it('wraps with the new version after a rotation and still unwraps the old one', async () => {
      const { provider, keyName, dataKey } = await withKey();
      const old = await provider.wrap(keyName, dataKey, binding);
      expect((await provider.rotateKey(keyName)).currentVersion).toBe(2);
      const renewed = await provider.wrap(keyName, dataKey, binding);
      expect(renewed.keyVersion).toBe(2);
      expect(await provider.unwrap(keyName, old, binding)).toEqual(dataKey);
      expect(await provider.unwrap(keyName, renewed, binding)).toEqual(dataKey);
      await expect(provider.unwrap(keyName, { ...renewed, keyVersion: 1 }, binding)).rejects.toMatchObject({
        code: 'wrap-refused',
      });
    });

    it('knows no version that was not made', async () => {
      const { provider, keyName, dataKey } = await withKey();
      const wrapped = await provider.wrap(keyName, dataKey, binding);
      for (const keyVersion of [0, 2, 4_294_967_295]) {
        const attempt = provider.unwrap(keyName, { ...wrapped, keyVersion }, binding);
        await expect(attempt).rejects.toMatchObject({ code: 'key-version-not-found' });
      }
    });

    it('refuses versions below the minimum until it is lowered again', async () => {
      const { provider, keyName, dataKey } = await withKey();
      const old = await provider.wrap(keyName, dataKey, binding);
      await provider.rotateKey(keyName);
      const renewed = await provider.wrap(keyName, dataKey, binding);
      expect(await provider.setMinimumDecryptionVersion(keyName, 2)).toMatchObject({
        currentVersion: 2,
        minimumDecryptionVersion: 2,
      });
      expect(await provider.describeKey(keyName)).toMatchObject({ minimumDecryptionVersion: 2 });
      const attempt = provider.unwrap(keyName, old, binding);
      await expect(attempt).rejects.toMatchObject({ code: 'key-version-retired' });
      expect(await provider.unwrap(keyName, renewed, binding)).toEqual(dataKey);
      expect(await provider.rotateKey(keyName)).toMatchObject({ currentVersion: 3, minimumDecryptionVersion: 2 });
      await provider.setMinimumDecryptionVersion(keyName, 1);
      expect(await provider.unwrap(keyName, old, binding)).toEqual(dataKey);
    });

    it('takes no minimum that is not a version of the key', async () => {
      const { provider, keyName } = await withKey();
      for (const version of [-1, 0, 1.5, 2, Number.NaN]) {
        const attempt = provider.setMinimumDecryptionVersion(keyName, version);
        await expect(attempt).rejects.toMatchObject({ code: 'key-version-not-found' });
      }
      const missing = provider.setMinimumDecryptionVersion(newName(), 1);
      await expect(missing).rejects.toMatchObject({ code: 'key-not-found' });
    });

    it('never reads again what a destroyed key wrapped, not even under a new key of the same name', async () => {
      const { provider, keyName, dataKey } = await withKey();
      const wrapped = await provider.wrap(keyName, dataKey, binding);
      await provider.destroyKey(keyName);
      await provider.destroyKey(keyName);
      await expect(provider.unwrap(keyName, wrapped, binding)).rejects.toMatchObject({ code: 'key-not-found' });
      expect(await provider.describeKey(keyName)).toBeUndefined();
      await provider.createKey(keyName);
      await expect(provider.unwrap(keyName, wrapped, binding)).rejects.toMatchObject({ code: 'wrap-refused' });
    });

    it('refuses to make a key twice and to use one that is not there', async () => {
      const { provider, keyName, dataKey } = await withKey();
      await expect(provider.createKey(keyName)).rejects.toMatchObject({ code: 'key-exists' });
      const missing = newName();
      await expect(provider.wrap(missing, dataKey, binding)).rejects.toMatchObject({ code: 'key-not-found' });
      await expect(provider.rotateKey(missing)).rejects.toMatchObject({ code: 'key-not-found' });
    });

    it('refuses names that a file system or a URL could read otherwise', async () => {
      const provider = await open();
      for (const name of ['', 'a', '../up', 'A-b', 'a/b', 'a b', `a${'b'.repeat(128)}`, '-a', 'a-', 'é-e']) {
        await expect(provider.createKey(name)).rejects.toMatchObject({ code: 'key-name-invalid' });
      }
    });

    it('lists its keys without their bytes', async () => {
      const { provider, keyName } = await withKey();
      const listed = (await provider.listKeys()).find((key) => key.keyName === keyName);
      expect(listed).toEqual({
        keyName,
        currentVersion: 1,
        minimumDecryptionVersion: 1,
        rotatedAt: expect.any(Date),
      });
    });

    it('carries an envelope through a rotation without touching its payload', async () => {
      const { provider, keyName } = await withKey();
      const request = { keyName, context: { tenant: 't', version: '1' } };
      const envelope = await sealEnvelope(provider, { ...request, plaintext: Buffer.from('secret') });
      await provider.rotateKey(keyName);
      const rewrapped = await rewrapEnvelope(provider, { ...request, envelope });
      const [before, after] = [parseEnvelopeHeader(envelope), parseEnvelopeHeader(rewrapped)];
      expect([before.keyVersion, after.keyVersion]).toEqual([1, 2]);
      expect(rewrapped.subarray(after.payloadOffset)).toEqual(envelope.subarray(before.payloadOffset));
      expect((await openEnvelope(provider, { ...request, envelope: rewrapped })).toString()).toBe('secret');
      expect((await openEnvelope(provider, { ...request, envelope })).toString()).toBe('secret');
    });
  });
}
