import { kernelProblems, vaultProblems } from '@millrace/contracts';
import {
  CryptoError,
  isCryptoError,
  isForTwo,
  type KeyDescription,
  type KeyProvider,
  openEnvelope,
  organizationKeyName,
  parseEnvelopeHeader,
  rewrapEnvelope,
  type SealContext,
  sealEnvelope,
  type SecondHolders,
  SharedKeys,
} from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import { envelopeColumns } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { customerKeys } from '../customer-key/customer-key.table.js';
import { keyProviderOf } from './key-provider.js';
import { organizationOf } from './organization-of-key.js';

/** What leads to a customer's engine cannot be opened with it. */
const HELD_ALONE = new Set(envelopeColumns([customerKeys]).map(({ field }) => field));
const NOBODY: SecondHolders = { toWrapWith: async () => undefined, toUnwrapWith: async () => undefined };

/**
 * One key-encryption key per organization, whatever provider keeps it, alone or together with the customer. No key of it is
 * ever in Postgres. Its methods throw the problem `kernel.unavailable` while the provider cannot be used, and
 * `vault.customer-key-away` or `vault.customer-key-refused` where it is for the customer's engine.
 */
export class OrganizationKeys {
  private readonly shared: KeyProvider;

  /** @param holders without them nothing can be opened that was sealed for two; enough to destroy keys with */
  constructor(
    private readonly provider: KeyProvider,
    holders: SecondHolders = NOBODY,
  ) {
    this.shared = new SharedKeys(provider, holders);
  }

  /** Seals under the organization's key, which is made on first use. */
  async seal(orgId: string, context: SealContext, plaintext: Uint8Array): Promise<Buffer> {
    const keyName = organizationKeyName(orgId);
    if (!(await reached(this.provider.describeKey(keyName)))) await reached(this.create(keyName));
    return reached(sealEnvelope(this.for(context), { keyName, context, plaintext }));
  }

  /** @throws CryptoError `key-not-found` once the organization's key was destroyed */
  open(orgId: string, context: SealContext, envelope: Uint8Array): Promise<Buffer> {
    return reached(openEnvelope(this.for(context), { keyName: organizationKeyName(orgId), context, envelope }));
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

  /**
   * Whether an envelope is wrapped under this version, for the region alone or for two as it should be. Not for bytes that
   * are no envelope: wrapping them anew then counts them as unreadable.
   */
  isCurrent(envelope: Buffer, { field }: SealContext, keyVersion: number, isShared: boolean): boolean {
    try {
      const header = parseEnvelopeHeader(envelope);
      return header.keyVersion === keyVersion && isForTwo(header.wrappedKey) === (isShared && !HELD_ALONE.has(field!));
    } catch {
      return false;
    }
  }

  /** The envelope with its data key under the current version of the organization's key, for whoever holds it now. */
  rewrap(orgId: string, context: SealContext, envelope: Uint8Array): Promise<Buffer> {
    return reached(rewrapEnvelope(this.for(context), { keyName: organizationKeyName(orgId), context, envelope }));
  }

  /** From now on nothing under an older version can be read. */
  async retireBelow(orgId: string, version: number): Promise<void> {
    await reached(this.provider.setMinimumDecryptionVersion(organizationKeyName(orgId), version));
  }

  private for({ field }: SealContext): KeyProvider {
    return HELD_ALONE.has(field!) ? this.provider : this.shared;
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
  } catch (cause) {
    if (isCryptoError(cause, 'key-holder-unavailable')) throw new Problem(vaultProblems.customerKeyAway, { cause });
    if (isCryptoError(cause, 'key-holder-refused')) throw new Problem(vaultProblems.customerKeyRefused, { cause });
    if (!isCryptoError(cause, 'key-provider-unavailable', 'key-provider-denied', 'key-provider-invalid')) throw cause;
    throw new Problem(kernelProblems.unavailable, { detail: 'The keys cannot be reached just now.', cause });
  }
}

export interface OrganizationKey extends KeyDescription {
  readonly orgId: string;
}

/** The keys of a running vault for the hooks outside of Nest's container, which destroy them. */
export async function organizationKeysOf(runtime: Runtime): Promise<OrganizationKeys> {
  return new OrganizationKeys(await keyProviderOf(runtime));
}
