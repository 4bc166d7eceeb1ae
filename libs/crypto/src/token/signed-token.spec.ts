import { createHmac, createPrivateKey } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MovableClock } from '@millrace/kernel';
import { jwtVerify, SignJWT } from 'jose';
import {
  exportVerifyingKey,
  generateSigningKey,
  importVerifyingKey,
  type SigningKey,
  signBytes,
} from './signing-key.js';
import { type SignOptions, TokenSigner } from './token-signer.js';
import { TokenVerifier } from './token-verifier.js';

const gateway = generateSigningKey();
const sync = generateSigningKey();
const options: SignOptions = { expiresInSeconds: 60, audience: 'vault', issuer: 'gateway', type: 'call' };
const expected = { audience: 'vault', type: 'call' } as const;
const claims = { user: 'u-1', roles: ['owner'] };

let clock: MovableClock;
let signer: TokenSigner;
let verifier: TokenVerifier;
beforeEach(() => {
  clock = new MovableClock(new Date('2026-11-22T10:00:00.000Z'));
  signer = new TokenSigner(gateway, clock);
  verifier = new TokenVerifier(
    new Map([
      ['gateway', [gateway]],
      ['sync', [sync]],
    ]),
    clock,
  );
});

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of our own making: header and payload as given, signed with `key`. */
function forge(header: object, payload: object, key: SigningKey): string {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${signBytes(key, Buffer.from(input)).toString('base64url')}`;
}

describe('a signed token', () => {
  it('tells its verifier who, what and until when', async () => {
    const token = await signer.sign(claims, options);
    expect(await verifier.verify(token, expected)).toEqual({
      issuer: 'gateway',
      issuedAt: new Date('2026-11-22T10:00:00.000Z'),
      expiresAt: new Date('2026-11-22T10:01:00.000Z'),
      claims,
    });
  });

  it('expires to the second, also when its signature was verified before', async () => {
    const token = await signer.sign(claims, options);
    clock.advance(59_999);
    await verifier.verify(token, expected);
    clock.advance(1);
    await expect(verifier.verify(token, expected)).rejects.toMatchObject({ code: 'token-expired' });
  });

  it('is for one audience and of one type, each checked also when the signature was verified before', async () => {
    const token = await signer.sign(claims, options);
    await verifier.verify(token, expected);
    await expect(verifier.verify(token, { ...expected, audience: 'sync' })).rejects.toMatchObject({
      code: 'token-wrong-audience',
    });
    await expect(verifier.verify(token, { ...expected, type: 'lease-grant' })).rejects.toMatchObject({
      code: 'token-wrong-type',
    });
  });

  it('gives claims that no holder can change for the next one', async () => {
    const token = await signer.sign(claims, options);
    const first = (await verifier.verify(token, expected)).claims as { roles: string[]; user: string };
    expect(() => first.roles.push('staff')).toThrow(TypeError);
    expect(() => (first.user = 'u-2')).toThrow(TypeError);
    expect((await verifier.verify(token, expected)).claims).toEqual(claims);
  });

  it('is refused from the future and when it lives longer than its kind may', async () => {
    const token = await signer.sign(claims, options);
    const long = await signer.sign(claims, { ...options, expiresInSeconds: 61 });
    await expect(verifier.verify(long, expected)).rejects.toMatchObject({ code: 'token-too-long-lived' });
    expect((await verifier.verify(long, { ...expected, maxLifetimeSeconds: 61 })).issuer).toBe('gateway');
    clock.advance(-5_000);
    await verifier.verify(token, expected);
    clock.advance(-1_000);
    await expect(verifier.verify(token, expected)).rejects.toMatchObject({ code: 'token-not-yet-valid' });
  });

  it('is refused with any character changed', async () => {
    const token = await signer.sign(claims, options);
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      const code = expect.stringMatching(/^token-(forged|malformed|unknown-issuer)$/);
      await expect(verifier.verify(changed, expected)).rejects.toMatchObject({ code });
    }
  });

  it('has one text only: the unused bits of its last character count', async () => {
    const token = await signer.sign(claims, options);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)!) + 1];
    expect(Buffer.from(twin.split('.')[2]!, 'base64url')).toEqual(Buffer.from(token.split('.')[2]!, 'base64url'));
    await expect(verifier.verify(twin, expected)).rejects.toMatchObject({ code: 'token-malformed' });
  });

  it('is refused when signed by another issuer, by a stranger, or for an unknown one', async () => {
    const code = (text: string) => ({ code: text });
    const asGateway = await new TokenSigner(sync, clock).sign(claims, options);
    await expect(verifier.verify(asGateway, expected)).rejects.toMatchObject(code('token-forged'));
    const stranger = await new TokenSigner(generateSigningKey(), clock).sign(claims, options);
    await expect(verifier.verify(stranger, expected)).rejects.toMatchObject(code('token-forged'));
    const unknown = await signer.sign(claims, { ...options, issuer: 'nobody' });
    await expect(verifier.verify(unknown, expected)).rejects.toMatchObject(code('token-unknown-issuer'));
  });

  it("is verified with any of its issuer's keys while one is replaced", async () => {
    const next = generateSigningKey();
    const both = new TokenVerifier(new Map([['gateway', [gateway, next]]]), clock);
    for (const key of [gateway, next]) {
      expect((await both.verify(await new TokenSigner(key, clock).sign(claims, options), expected)).claims).toEqual(
        claims,
      );
    }
  });
});

describe('a token that is not one of ours', () => {
  const now = 1_795_341_600;
  const header = { alg: 'EdDSA', typ: 'millrace-call+jwt', kid: gateway.keyId };
  const payload = { iss: 'gateway', aud: 'vault', iat: now, exp: now + 60 };
  const code = async (token: string) => {
    return verifier.verify(token, expected).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
  };

  it('is made by the tests as the signer makes them', async () => {
    expect(await code(forge(header, payload, gateway))).toBe('accepted');
  });

  it('cannot choose its algorithm', async () => {
    const unsigned = `${part({ ...header, alg: 'none' })}.${part(payload)}.`;
    expect(await code(unsigned)).toBe('token-forged');
    const input = `${part({ ...header, alg: 'HS256' })}.${part(payload)}`;
    const publicBytes = Buffer.from(exportVerifyingKey(gateway), 'base64url');
    expect(await code(`${input}.${createHmac('sha256', publicBytes).update(input).digest('base64url')}`)).toBe(
      'token-forged',
    );
    for (const alg of ['Ed25519', 'ES256', 'RS256', '', undefined]) {
      expect(await code(forge({ ...header, alg }, payload, gateway))).toMatch(/^token-(forged|malformed)$/);
    }
  });

  it('cannot bring its own key or ask for unknown extensions', async () => {
    const stranger = generateSigningKey();
    const jwk = stranger.publicKey.export({ format: 'jwk' });
    expect(await code(forge(header, payload, stranger))).toBe('token-forged');
    expect(await code(forge({ ...header, kid: stranger.keyId }, payload, stranger))).toBe('token-forged');
    expect(await code(forge({ ...header, kid: 'constructor' }, payload, stranger))).toBe('token-forged');
    const extended = [
      { jwk },
      { kid: undefined },
      { kid: 1 },
      { crit: ['exp'], exp: 1 },
      { crit: ['b64'], b64: false },
    ];
    for (const change of extended)
      expect(await code(forge({ ...header, ...change }, payload, gateway))).toBe('token-malformed');
  });

  it('is refused with claims missing or of the wrong kind', async () => {
    const wrong = [
      { iss: undefined },
      { aud: ['vault'] },
      { iat: undefined },
      { exp: '2026' },
      { exp: 1e300 },
      { iat: -1 },
      { exp: null },
    ];
    for (const change of wrong)
      expect(await code(forge(header, { ...payload, ...change }, gateway))).toBe('token-malformed');
    for (const text of [
      '',
      '.',
      '..',
      'a.b.c',
      'a.b',
      'e30.e30.e30.e30',
      'x'.repeat(9_000),
      `${part(header)}.bnVsbA.AA`,
    ]) {
      expect(await code(text)).toBe('token-malformed');
    }
  });
});

describe('a token signer', () => {
  it('writes what another hand reads, and the other way round', async () => {
    const token = await signer.sign({ ...claims, name: 'Zoë 🌊' }, options);
    const read = await jwtVerify(token, gateway.publicKey, {
      algorithms: ['EdDSA'],
      issuer: 'gateway',
      audience: 'vault',
      typ: 'millrace-call+jwt',
      currentDate: clock.now(),
    });
    expect(read.payload).toMatchObject({ ...claims, name: 'Zoë 🌊' });
    const now = Math.floor(clock.now().getTime() / 1_000);
    const theirs = await new SignJWT({ ...claims, iss: 'gateway', aud: 'vault', iat: now, exp: now + 60 })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'millrace-call+jwt', kid: gateway.keyId })
      .sign(gateway.privateKey);
    expect((await verifier.verify(theirs, expected)).claims).toEqual(claims);
  });

  it('refuses lifetimes and claims that it must not sign', async () => {
    await expect(signer.sign(claims, { ...options, expiresInSeconds: 0 })).rejects.toThrow('below 1');
    await expect(signer.sign(claims, { ...options, expiresInSeconds: 1.5 })).rejects.toThrow('below 1');
    for (const name of ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']) {
      await expect(signer.sign({ [name]: 'x' }, options)).rejects.toThrow('registered name');
    }
  });
});

describe('a signing key', () => {
  it('signs as RFC 8032 §7.1 does (test 2) and is named by its RFC 7638 thumbprint (RFC 8037 A.3)', () => {
    const seed = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb';
    const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex');
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    expect(signBytes({ ...gateway, privateKey }, Buffer.from([0x72])).toString('hex')).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    const { keyId } = importVerifyingKey('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo');
    expect(keyId).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  });

  it('travels as 32 bytes and refuses others', () => {
    expect(importVerifyingKey(exportVerifyingKey(gateway)).keyId).toBe(gateway.keyId);
    for (const text of ['', 'AAAA', `${exportVerifyingKey(gateway)}=`]) {
      expect(() => importVerifyingKey(text)).toThrow('Not an Ed25519 public key');
    }
  });
});
