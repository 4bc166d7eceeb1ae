import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  webcrypto,
} from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contextBytes, canonicalBytes } from '../encoding/canonical-bytes.js';
import { generateLeaseKeyPair, type LeaseKeyPair, leaseKeyThumbprint, openSealed, sealTo } from './sealed-lease.js';

const info = { run: 'r-1', connection: 'c-1' };
const secret = Buffer.from('postgres://user:password@host');

let worker: LeaseKeyPair;
beforeAll(async () => {
  worker = await generateLeaseKeyPair();
});

describe('a sealed lease', () => {
  it('opens for the worker that it was sealed to', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (plaintext) => {
        expect(await openSealed(worker, await sealTo(worker.publicKey, plaintext, info), info)).toEqual(
          Buffer.from(plaintext),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('opens for nobody else and for no other purpose', async () => {
    const sealed = await sealTo(worker.publicKey, secret, info);
    expect(sealed.includes(secret)).toBe(false);
    const refused = { code: 'lease-refused' };
    await expect(openSealed(await generateLeaseKeyPair(), sealed, info)).rejects.toMatchObject(refused);
    await expect(openSealed(worker, sealed, { ...info, run: 'r-2' })).rejects.toMatchObject(refused);
    await expect(openSealed(worker, sealed, {})).rejects.toMatchObject(refused);
  });

  it('is refused with any byte changed or cut', async () => {
    const sealed = await sealTo(worker.publicKey, Buffer.from('x'), info);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at]! ^= 1;
      const code = at === 0 ? 'lease-malformed' : 'lease-refused';
      await expect(openSealed(worker, changed, info)).rejects.toMatchObject({ code });
      await expect(openSealed(worker, sealed.subarray(0, at), info)).rejects.toMatchObject({
        code: expect.stringMatching(/^lease-/),
      });
    }
  });

  it('is not sealed to a key that is none, nor to one of small order', async () => {
    const zero = Buffer.alloc(32).toString('base64url');
    for (const bad of ['', 'AAAA', `${worker.publicKey}A`, `${worker.publicKey}=`, zero]) {
      await expect(sealTo(bad, secret, info)).rejects.toMatchObject({ code: 'lease-malformed' });
    }
  });

  it('has a worker key that cannot be exported', async () => {
    await expect(webcrypto.subtle.exportKey('pkcs8', worker.keys.privateKey)).rejects.toThrow();
  });

  it('names keys by their RFC 7638 thumbprint', () => {
    // RFC 8037 appendix A.6 gives this public key.
    const publicKey = '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08';
    expect(leaseKeyThumbprint(publicKey)).toBe('giQqigT_IKcuzHl0FVJ3k5ts3_TWNAxvsC08UZsfcM8');
    expect(worker.thumbprint).toBe(leaseKeyThumbprint(worker.publicKey));
  });
});

/** HPKE base mode with X25519 and HKDF-SHA256 as RFC 9180 §§4, 5, 6.1 define it, written here to check the library used. */
function hpkeKey(suiteId: Buffer, shared: Buffer, infoText: Buffer, keyBytes: number): { key: Buffer; nonce: Buffer } {
  const label = (name: string, id: Buffer) => Buffer.concat([Buffer.from('HPKE-v1'), id, Buffer.from(name)]);
  const context = Buffer.concat([
    Buffer.from([0]),
    hmac(Buffer.alloc(0), Buffer.concat([label('psk_id_hash', suiteId)])),
    hmac(Buffer.alloc(0), Buffer.concat([label('info_hash', suiteId), infoText])),
  ]);
  const keySecret = hmac(shared, label('secret', suiteId));
  const expand = (name: string, length: number) =>
    hmac(
      keySecret,
      Buffer.concat([Buffer.from([0, length]), label(name, suiteId), context, Buffer.from([1])]),
    ).subarray(0, length);
  return { key: expand('key', keyBytes), nonce: expand('base_nonce', 12) };
}

function sharedSecret(privateKey: Buffer, publicKey: Buffer, enc: Buffer, recipient: Buffer): Buffer {
  const kemId = Buffer.from('KEM\0\x20', 'latin1');
  const label = (name: string) => Buffer.concat([Buffer.from('HPKE-v1'), kemId, Buffer.from(name)]);
  const prk = hmac(Buffer.alloc(0), Buffer.concat([label('eae_prk'), exchange(privateKey, publicKey)]));
  return hmac(prk, Buffer.concat([Buffer.from([0, 32]), label('shared_secret'), enc, recipient, Buffer.from([1])]));
}

function exchange(privateKey: Buffer, publicKey: Buffer): Buffer {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), privateKey]);
  const spki = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), publicKey]);
  return diffieHellman({
    privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  });
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

describe('HPKE from another hand', () => {
  const hex = (text: string) => Buffer.from(text, 'hex');

  it('reproduces RFC 9180 appendix A.1.1 (AES-128-GCM), so that it can be trusted below', () => {
    const enc = hex('37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431');
    const recipient = hex('3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d');
    const ephemeral = hex('52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736');
    const shared = sharedSecret(ephemeral, recipient, enc, recipient);
    const suiteId = Buffer.from('HPKE\0\x20\0\x01\0\x01', 'latin1');
    const { key, nonce } = hpkeKey(suiteId, shared, hex('4f6465206f6e2061204772656369616e2055726e'), 16);
    const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(hex('436f756e742d30'));
    const plaintext = hex('4265617574792069732074727574682c20747275746820626561757479');
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    expect(sealed.toString('hex')).toBe(
      'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    );
  });

  it('opens what we seal, with AES-256-GCM', async () => {
    const recipientSecret = hex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8');
    const recipient = hex('3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d');
    const sealed = await sealTo(recipient.toString('base64url'), secret, info);
    const enc = sealed.subarray(1, 33);
    const shared = sharedSecret(recipientSecret, enc, enc, recipient);
    const suiteId = Buffer.from('HPKE\0\x20\0\x01\0\x02', 'latin1');
    const bound = canonicalBytes(['millrace/lease/v1', contextBytes(info)]);
    const { key, nonce } = hpkeKey(suiteId, shared, bound, 32);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
    expect(Buffer.concat([decipher.update(sealed.subarray(33, -16)), decipher.final()])).toEqual(secret);
  });
});
