import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WrappedKey } from '../key-provider/key-provider.js';
import { readKeyring } from '../key-provider/keyring-file.js';
import { MemoryKeyring } from '../key-provider/memory-keyring.js';
import { openEnvelope, rewrapEnvelope, sealEnvelope } from './envelope.js';
import { parseEnvelopeHeader } from './envelope-header.js';

const keyName = 'org-1';
const context = { tenant: 'org-1', connection: 'c-1', version: '3' };
const plaintext = Buffer.from('correct horse battery staple');

let provider: MemoryKeyring;
beforeEach(async () => {
  provider = new MemoryKeyring();
  await provider.createKey(keyName);
});

describe('an envelope', () => {
  it('gives any secret back under its own context', async () => {
    const contexts = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), contexts, async (secret, about) => {
        const envelope = await sealEnvelope(provider, { keyName, context: about, plaintext: secret });
        expect(await openEnvelope(provider, { keyName, context: about, envelope })).toEqual(Buffer.from(secret));
      }),
    );
  });

  it('is refused with any bit of it flipped', async () => {
    const envelope = await sealEnvelope(provider, { keyName, context, plaintext });
    for (let bit = 0; bit < envelope.length * 8; bit++) {
      const changed = Buffer.from(envelope);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const attempt = openEnvelope(provider, { keyName, context, envelope: changed });
      await expect(attempt).rejects.toMatchObject({
        code: expect.stringMatching(/^(envelope-malformed|envelope-refused|key-version-not-found)$/),
      });
    }
  });

  it('is refused when cut short or extended', async () => {
    const envelope = await sealEnvelope(provider, { keyName, context, plaintext });
    for (let length = 0; length < envelope.length; length++) {
      await expect(
        openEnvelope(provider, { keyName, context, envelope: envelope.subarray(0, length) }),
      ).rejects.toThrow();
    }
    const longer = Buffer.concat([envelope, Buffer.from([0])]);
    await expect(openEnvelope(provider, { keyName, context, envelope: longer })).rejects.toMatchObject({
      code: 'envelope-refused',
    });
  });

  it('is refused for every other context', async () => {
    const envelope = await sealEnvelope(provider, { keyName, context, plaintext });
    const others: Record<string, string>[] = [
      {},
      { ...context, version: '4' },
      { ...context, more: '' },
      { tenant: 'org-1', connection: 'c-1' },
    ];
    for (const other of others) {
      const attempt = openEnvelope(provider, { keyName, context: other, envelope });
      await expect(attempt).rejects.toMatchObject({ code: 'envelope-refused' });
    }
  });

  it("is refused when it names another organization's key than the caller's", async () => {
    await provider.createKey('org-2');
    const envelope = await sealEnvelope(provider, { keyName: 'org-2', context, plaintext });
    await expect(openEnvelope(provider, { keyName, context, envelope })).rejects.toMatchObject({
      code: 'envelope-refused',
    });
    await expect(rewrapEnvelope(provider, { keyName, context, envelope })).rejects.toMatchObject({
      code: 'envelope-refused',
    });
  });

  it('does not choose the key: a provider that ignores names changes nothing', async () => {
    class Careless extends MemoryKeyring {
      override unwrap(_name: string, wrapped: WrappedKey, binding: Uint8Array) {
        return super.unwrap('org-2', wrapped, binding);
      }
    }
    const careless = new Careless();
    await careless.createKey('org-2');
    const envelope = await sealEnvelope(careless, { keyName: 'org-2', context, plaintext });
    expect(await openEnvelope(careless, { keyName: 'org-2', context, envelope })).toEqual(plaintext);
    const attempt = openEnvelope(careless, { keyName, context, envelope });
    await expect(attempt).rejects.toMatchObject({ code: 'envelope-refused' });
  });

  it('cannot be put together from two', async () => {
    const [one, two] = [
      await sealEnvelope(provider, { keyName, context, plaintext }),
      await sealEnvelope(provider, { keyName, context, plaintext }),
    ];
    const at = parseEnvelopeHeader(one).payloadOffset;
    const mixed = Buffer.concat([one.subarray(0, at), two.subarray(at)]);
    await expect(openEnvelope(provider, { keyName, context, envelope: mixed })).rejects.toMatchObject({
      code: 'envelope-refused',
    });
  });

  it('never looks the same twice', async () => {
    const sealed = new Set<string>();
    for (let count = 0; count < 100; count++) {
      const envelope = await sealEnvelope(provider, { keyName, context, plaintext });
      const { nonce, wrappedKey, payloadOffset } = parseEnvelopeHeader(envelope);
      for (const part of [nonce, wrappedKey, envelope.subarray(payloadOffset)]) sealed.add(part.toString('hex'));
      expect(envelope.includes(plaintext)).toBe(false);
    }
    expect(sealed.size).toBe(300);
  });

  it('is unreadable for good once its key is destroyed', async () => {
    const envelope = await sealEnvelope(provider, { keyName, context, plaintext });
    await provider.destroyKey(keyName);
    await expect(openEnvelope(provider, { keyName, context, envelope })).rejects.toMatchObject({
      code: 'key-not-found',
    });
    await provider.createKey(keyName);
    await expect(openEnvelope(provider, { keyName, context, envelope })).rejects.toMatchObject({
      code: 'envelope-refused',
    });
  });
});

describe("an envelope's header", () => {
  it('shows without any key that the secret is AES-256-GCM', async () => {
    const envelope = await sealEnvelope(provider, { keyName, context, plaintext });
    expect(parseEnvelopeHeader(envelope)).toMatchObject({
      algorithm: 'AES-256-GCM',
      keyBits: 256,
      nonceBits: 96,
      tagBits: 128,
      keyName,
      keyVersion: 1,
      plaintextBytes: plaintext.length,
    });
  });

  it('is not found in other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => parseEnvelopeHeader(bytes)).toThrow(expect.objectContaining({ code: 'envelope-malformed' }));
      }),
    );
    const close = Buffer.concat([Buffer.from('MLRE'), Buffer.from([2, 2, 2]), Buffer.alloc(100)]);
    expect(() => parseEnvelopeHeader(close)).toThrow('an unknown algorithm');
  });
});

describe('the format', () => {
  /** Made once; old ciphertexts must stay readable. Keyring and envelope hold random bytes of this test only. */
  const KEYRING =
    '{"format":"millrace-keyring-2","keys":[{"name":"org-1","minimumDecryptionVersion":1,"versions":[{"version":1,"createdAt":"2026-11-22T22:09:33.473Z","key":"pkiIR-t8FGQbjaEzBAAYnWBqp-yuUkrAp-u-elyKCZE"},{"version":2,"createdAt":"2026-11-22T22:09:33.497Z","key":"fqgkox7Jen9XFOelQrU7LgbfS1Ugax2W-aq7kVMbHZQ"}]}]}';
  const ENVELOPE =
    'TUxSRQIBBW9yZy0xAAAAAgBMRv1KmrOS9Rwe1WitF8qN1FgDcrs+NiAs6ySqgYSBEARJlKIhO6v0Y1ODxu1mpmI/aWl2i2Fr5cM7nhjx6I76E6KkAke9HnlFeCbaSf0QMSVYo6MZxYrvTR7p4d5bMQ1fTJG9mBxxjizGORB8ux40RSuj5b5gR/5YVWCYEx4HH7gLG1XiNfOSjDS//aEneF5jgeM0uTqCmhwTqLr9e1Z8vS0OfNs=';

  it('opens an envelope of format 2 with a keyring of format 2 (test vector)', async () => {
    const stored = new MemoryKeyring(undefined, readKeyring(Buffer.from(KEYRING)));
    const envelope = Buffer.from(ENVELOPE, 'base64');
    expect(await openEnvelope(stored, { keyName, context, envelope })).toEqual(plaintext);
  });
});
