import { dataKeyInfo, openDataKey } from '@millrace/contracts';
import { fromBase64url, generateLeaseKeyPair, openSealed, Sealer, SealerCache } from '@millrace/crypto';
import type { Runtime } from '@millrace/service';

/** Sealers under the organizations' keys. The vault hands a key out sealed to a pair made for that one answer. */
export class OrganizationSealers {
  private readonly cache: SealerCache;

  constructor(private readonly runtime: Runtime) {
    this.cache = new SealerCache({ open: (orgId) => this.open(orgId), clock: runtime.clock });
  }

  of(orgId: string): Promise<Sealer> {
    return this.cache.get(orgId);
  }

  /** Drops an organization's key from memory, once it has closed. */
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
    const key = await openSealed(
      pair,
      fromBase64url(answer.sealed)!,
      dataKeyInfo({ orgId, purpose, keyId: answer.keyId }),
    );
    try {
      return new Sealer(key);
    } finally {
      key.fill(0);
    }
  }
}
