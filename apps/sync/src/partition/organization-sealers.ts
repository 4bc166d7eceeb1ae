import { DATA_KEY_MEMORY_SECONDS, dataKeyInfo, openDataKey } from '@millrace/contracts';
import { fromBase64url, generateLeaseKeyPair, openSealed, Sealer, SealerCache } from '@millrace/crypto';
import type { Runtime } from '@millrace/service';

/** Sealers under the organizations' keys. The vault hands keys out sealed to a pair made for that one answer. */
export class OrganizationSealers {
  private readonly cache: SealerCache;

  constructor(private readonly runtime: Runtime) {
    const lifetimeMs = DATA_KEY_MEMORY_SECONDS * 1_000;
    this.cache = new SealerCache({ open: (orgId) => this.open(orgId), lifetimeMs, clock: runtime.clock });
  }

  of(orgId: string): Promise<Sealer> {
    return this.cache.get(orgId);
  }

  /** Drops an organization's keys from memory, once it has closed or to have them as they are now. */
  forget(orgId: string): void {
    this.cache.forget(orgId);
  }

  private async open(orgId: string): Promise<Sealer> {
    const pair = await generateLeaseKeyPair();
    const purpose = 'sync-state';
    const answer = await this.runtime.client.call(
      openDataKey,
      { orgId, purpose, publicKey: pair.publicKey },
      { kind: 'service', name: 'sync' },
    );
    const keys = await Promise.all(
      answer.keys.map(({ keyId, sealed }) =>
        openSealed(pair, fromBase64url(sealed)!, dataKeyInfo({ orgId, purpose, keyId })),
      ),
    );
    try {
      const [key, ...others] = keys;
      return new Sealer(key!, others);
    } finally {
      keys.forEach((key) => key.fill(0));
    }
  }
}
