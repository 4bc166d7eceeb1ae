import { kernelProblems } from '@millrace/contracts';
import {
  CryptoError,
  isCryptoError,
  type KeyDescription,
  type KeyProvider,
  openEnvelope,
  organizationKeyName,
  rewrapEnvelope,
  type SealContext,
  sealEnvelope,
} from '@millrace/crypto';
import { isId, Problem } from '@millrace/kernel';
import type { Runtime } from '@millrace/service';
import { openKeyProvider } from './key-provider.js';

/**
 * One key-encryption key per organization, whatever provider keeps it. No key of it is ever in Postgres. Its methods throw
 * the problem `kernel.unavailable` while the provider cannot be used.
 */
export class OrganizationKeys {
  constructor(private readonly provider: KeyProvider) {}

  /** Seals under the organization's key, which is made on first use. */
  async seal(orgId: string, context: SealContext, plaintext: Uint8Array): Promise<Buffer> {
    const keyName = organizationKeyName(orgId);
    if (!(await reached(this.provider.describeKey(keyName)))) await reached(this.create(keyName));
    return reached(sealEnvelope(this.provider, { keyName, context, plaintext }));
  }

  /** @throws CryptoError `key-not-found` once the organization's key was destroyed */
  open(orgId: string, context: SealContext, envelope: Uint8Array): Promise<Buffer> {
    return reached(openEnvelope(this.provider, { keyName: organizationKeyName(orgId), context, envelope }));
  }

  /** Makes all that was ever sealed for the organization unreadable, backups included. Safe to repeat. */
  destroy(orgId: string): Promise<void> {
    return reached(this.provider.destroyKey(organizationKeyName(orgId)));
  }

  /** @throws CryptoError `key-not-found` for an organization without a key, or whose key was destroyed */
  async describe(orgId: string): Promise<KeyDescription> {
    const described = await reached(this.provider.describeKey(organizationKeyName(orgId)));
    if (!described) throw new CryptoError('key-not-found', 'The organization has no key');
    return described;
  }

  /** The keys of all organizations, by organization. */
  async list(): Promise<OrganizationKey[]> {
    const listed = await reached(this.provider.listKeys());
    return listed
      .flatMap((key) => {
        const orgId = organizationOf(key.keyName);
        return orgId ? [{ ...key, orgId }] : [];
      })
      .sort((a, b) => (a.orgId < b.orgId ? -1 : 1));
  }

  rotate(orgId: string): Promise<KeyDescription> {
    return reached(this.provider.rotateKey(organizationKeyName(orgId)));
  }

  /** The envelope with its data key under the current version of the organization's key. */
  rewrap(orgId: string, context: SealContext, envelope: Uint8Array): Promise<Buffer> {
    return reached(rewrapEnvelope(this.provider, { keyName: organizationKeyName(orgId), context, envelope }));
  }

  /** From now on nothing under an older version can be read. */
  async retireBelow(orgId: string, version: number): Promise<void> {
    await reached(this.provider.setMinimumDecryptionVersion(organizationKeyName(orgId), version));
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

/** A provider that is away or refuses us is no fault of the caller's, and says nothing about the envelope. */
async function reached<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isCryptoError(error, 'key-provider-unavailable', 'key-provider-denied', 'key-provider-invalid')) throw error;
    throw new Problem(kernelProblems.unavailable, { detail: 'The keys cannot be reached just now.', cause: error });
  }
}

export interface OrganizationKey extends KeyDescription {
  readonly orgId: string;
}

const PREFIX = organizationKeyName('');

function organizationOf(keyName: string): string | undefined {
  const orgId = keyName.slice(PREFIX.length);
  return keyName.startsWith(PREFIX) && isId(orgId) ? orgId : undefined;
}

const opened = new WeakMap<Runtime, Promise<OrganizationKeys>>();

/** The keys of a running vault; one instance each, for Nest's container and for the hooks outside it. */
export function organizationKeysOf(runtime: Runtime): Promise<OrganizationKeys> {
  let keys = opened.get(runtime);
  if (!keys) {
    keys = openKeyProvider(runtime).then((provider) => new OrganizationKeys(provider));
    opened.set(runtime, keys);
  }
  return keys;
}
