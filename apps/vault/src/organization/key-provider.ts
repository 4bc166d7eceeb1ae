import path from 'node:path';
import { type KeyProvider, LocalKeyring, Transit } from '@millrace/crypto';
import type { Runtime } from '@millrace/service';

/** Opens the key provider that the region's configuration names; cloud key services come in here. */
export function openKeyProvider({ config, secrets, clock }: Runtime): Promise<KeyProvider> {
  const { keys } = config;
  if (keys.provider === 'transit') return Transit.open(keys);
  return LocalKeyring.open(path.join(secrets.keyring, 'organizations.json'), clock);
}
