import { createHmac } from 'node:crypto';
import { CryptoError, deriveKey, type Pepper } from '@millrace/crypto';
import type { KeyVersions } from '@millrace/service';

export interface FactorKey {
  readonly version: number;
  readonly key: Buffer;
}

/** The keys of second factors, one for each version of the region's pepper. */
export class FactorKeys {
  constructor(private readonly peppers: KeyVersions) {}

  /** For an authenticator or recovery codes that are made now. */
  async newest(): Promise<FactorKey> {
    return derived(await this.peppers.newest());
  }

  /** @throws CryptoError `pepper-not-found` for a version that was taken away although something needs it */
  async of(version: number): Promise<Buffer> {
    const pepper = await this.peppers.of(version);
    if (!pepper) throw new CryptoError('pepper-not-found', 'The pepper of a second factor is not configured');
    return derived(pepper).key;
  }

  async all(): Promise<FactorKey[]> {
    return (await this.peppers.latest()).map(derived);
  }
}

const derived = ({ version, key }: Pepper): FactorKey => ({
  version,
  key: deriveKey(key.reveal(), 'second-factor'),
});

/** What is stored of a recovery code. */
export function codeHash(key: Buffer, userId: string, code: string): Buffer {
  return createHmac('sha256', key).update(`recovery:${userId}:${code}`).digest();
}
