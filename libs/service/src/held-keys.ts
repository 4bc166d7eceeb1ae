import { type HeldKey, type KeyFileKind, type ServiceName } from '@millrace/contracts';
import type { HeldSeals } from './call-seals.js';
import type { RegionVerifier, ServiceSigner } from './region-tokens.js';
import type { SecretsDirectory } from './secrets-directory.js';

export type HeldVersion = Omit<HeldKey, 'neededBy'>;

/** The versions of each kind of key of an owner that a party holds, its files read anew; undefined for keys of others. */
export type HeldKeys = Readonly<
  Record<KeyFileKind, (owner: ServiceName) => Promise<readonly HeldVersion[] | undefined>>
>;

interface Sources {
  readonly secrets: SecretsDirectory;
  readonly seals: HeldSeals;
  readonly signer: ServiceSigner;
  readonly verifier: RegionVerifier;
}

export function heldKeys(service: ServiceName, { secrets, seals, signer, verifier }: Sources): HeldKeys {
  return {
    async pepper(owner) {
      if (owner !== 'identity' || service !== owner) return undefined;
      const versions = (await secrets.regionKeyVersions('pepper').latest()).map((one) => String(one.version));
      return versions.map((version) => ({ version, inUse: version === versions.at(-1) }));
    },
    async sealing(owner) {
      const held = owner === service ? await seals.held() : undefined;
      return held?.keyIds.map((version) => ({ version, inUse: version === held.inUse }));
    },
    async signing(owner) {
      const own = owner === service ? await signer.keyId() : undefined;
      return (await verifier.keyIds(owner)).map((version) => ({ version, inUse: version === own }));
    },
  };
}
