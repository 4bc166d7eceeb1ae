import path from 'node:path';
import {
  isCryptoError,
  type KeyProvider,
  LocalKeyring,
  openEnvelope,
  organizationKeyName,
  type SealContext,
  sealEnvelope,
} from '@millrace/crypto';
import type { Runtime } from '@millrace/service';

/** One key-encryption key per organization, whatever provider keeps it. No key of it is ever in Postgres. */
export class OrganizationKeys {
  constructor(private readonly provider: KeyProvider) {}

  /** Seals under the organization's key, which is made on first use. */
  async seal(orgId: string, context: SealContext, plaintext: Uint8Array): Promise<Buffer> {
    const keyName = organizationKeyName(orgId);
    if (!(await this.provider.describeKey(keyName))) await this.create(keyName);
    return sealEnvelope(this.provider, { keyName, context, plaintext });
  }

  /** @throws CryptoError `key-not-found` once the organization's key was destroyed */
  open(orgId: string, context: SealContext, envelope: Uint8Array): Promise<Buffer> {
    return openEnvelope(this.provider, { keyName: organizationKeyName(orgId), context, envelope });
  }

  /** Makes all that was ever sealed for the organization unreadable, backups included. Safe to repeat. */
  destroy(orgId: string): Promise<void> {
    return this.provider.destroyKey(organizationKeyName(orgId));
  }

  private async create(keyName: string): Promise<void> {
    try {
      await this.provider.createKey(keyName);
    } catch (error) {
      // Another call was first; its key is as good.
      if (!isCryptoError(error, 'key-exists')) throw error;
    }
  }
}

const opened = new WeakMap<Runtime, Promise<OrganizationKeys>>();

/** The keys of a running vault; one instance each, for Nest's container and for the hooks outside it. */
export function organizationKeysOf(runtime: Runtime): Promise<OrganizationKeys> {
  let keys = opened.get(runtime);
  if (!keys) {
    keys = openProvider(runtime).then((provider) => new OrganizationKeys(provider));
    opened.set(runtime, keys);
  }
  return keys;
}

/** The only place that chooses a key provider; transit engines and cloud key services come in here. */
function openProvider({ secrets, clock }: Runtime): Promise<KeyProvider> {
  return LocalKeyring.open(path.join(secrets.keyring, 'organizations.json'), clock);
}
