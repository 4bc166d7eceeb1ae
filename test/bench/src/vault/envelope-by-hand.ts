import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const [SALT, NONCE, TAG, KEY] = [16, 12, 16, 32];

/** What somebody would write by hand for one fixed format: the same primitives, no port, no errors of its own. */
export class EnvelopeByHand {
  private readonly master = createSecretKey(randomBytes(KEY));

  seal(plaintext: Buffer, identity: readonly string[]): Buffer {
    const bound = boundTo(identity);
    const dataKey = randomBytes(KEY);
    const salt = randomBytes(SALT);
    const [wrapNonce, nonce] = [randomBytes(NONCE), randomBytes(NONCE)];
    const wrapped = this.encrypt(this.oneTimeKey(salt), wrapNonce, dataKey, bound);
    const { key, commitment } = this.derive(dataKey, nonce, bound);
    dataKey.fill(0);
    return Buffer.concat([salt, wrapNonce, wrapped, nonce, commitment, this.encrypt(key, nonce, plaintext, bound)]);
  }

  open(envelope: Buffer, identity: readonly string[]): Buffer {
    const bound = boundTo(identity);
    let at = 0;
    const take = (bytes: number) => envelope.subarray(at, (at += bytes));
    const [salt, wrapNonce, wrapped, nonce, commitment] = [SALT, NONCE, KEY + TAG, NONCE, KEY].map(take) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const dataKey = this.decrypt(this.oneTimeKey(salt), wrapNonce, wrapped, bound);
    const derived = this.derive(dataKey, nonce, bound);
    dataKey.fill(0);
    if (!timingSafeEqual(derived.commitment, commitment)) throw new Error('Another key');
    return this.decrypt(derived.key, nonce, envelope.subarray(at), bound);
  }

  private oneTimeKey(salt: Buffer): KeyObject {
    return createSecretKey(createHmac('sha256', this.master).update(salt).digest());
  }

  private derive(dataKey: Buffer, nonce: Buffer, bound: Buffer): { key: KeyObject; commitment: Buffer } {
    const block = createHmac('sha512', createSecretKey(dataKey)).update(bound).update(nonce).digest();
    return { key: createSecretKey(block.subarray(0, KEY)), commitment: block.subarray(KEY) };
  }

  private encrypt(key: KeyObject, nonce: Buffer, plaintext: Buffer, bound: Buffer): Buffer {
    const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(bound);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  private decrypt(key: KeyObject, nonce: Buffer, sealed: Buffer, bound: Buffer): Buffer {
    const decipher = createDecipheriv(ALGORITHM, key, nonce).setAAD(bound);
    decipher.setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()]);
  }
}

/** Whose secret it is and which: without it, a row could be swapped for another. */
const boundTo = (identity: readonly string[]) => Buffer.from(JSON.stringify(identity));
