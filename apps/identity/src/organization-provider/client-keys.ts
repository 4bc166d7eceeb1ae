import { createECDH, createPublicKey, webcrypto } from 'node:crypto';
import { deriveKey } from '@millrace/crypto';
import type { Secret } from '@millrace/kernel';
import * as oauth from 'oauth4webapi';

/** The order of the group of P-256 (SEC 2 §2.4.2). */
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
/** 64 bits more than the order, so that the remainder is as good as uniform (FIPS 186-5 §A.2.1). */
const SEED_BYTES = 40;

/**
 * The key with which the region shows an organization's provider who it is (`private_key_jwt`, ES256). Each organization
 * has another, made of a key of the region when it is needed: there is no secret to hand over, store or steal.
 */
export class ClientKeys {
  constructor(private readonly regionKey: Secret<Buffer>) {}

  /** As a provider reads it (RFC 7517). */
  publicJwk(orgId: string) {
    const { d: _, ...jwk } = this.jwkOf(orgId);
    return { ...jwk, use: 'sig', alg: 'ES256' };
  }

  async authentication(orgId: string): Promise<oauth.ClientAuth> {
    const { kid, ...jwk } = this.jwkOf(orgId);
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const key = await webcrypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
    return oauth.PrivateKeyJwt({ key, kid });
  }

  private jwkOf(orgId: string) {
    const seed = BigInt(
      `0x${deriveKey(this.regionKey.reveal(), `provider-client/${orgId}`, SEED_BYTES).toString('hex')}`,
    );
    const scalar = Buffer.from(((seed % (ORDER - 1n)) + 1n).toString(16).padStart(64, '0'), 'hex');
    const pair = createECDH('prime256v1');
    pair.setPrivateKey(scalar);
    // Without the leading byte, which says that both coordinates follow.
    const point = pair.getPublicKey().subarray(1);
    const [x, y] = [point.subarray(0, 32).toString('base64url'), point.subarray(32).toString('base64url')];
    const jwk = { kty: 'EC', crv: 'P-256', x, y };
    const kid = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' }).subarray(-16);
    return { ...jwk, d: scalar.toString('base64url'), kid: kid.toString('base64url') };
  }
}
