import path from 'node:path';
import { type KeyProvider, LocalKeyring, Transit } from '@millrace/crypto';
import type { Runtime } from '@millrace/service';

const opened = new WeakMap<Runtime, Promise<KeyProvider>>();

/** The key provider that the region's configuration names, opened once for a running vault. */
export function keyProviderOf(runtime: Runtime): Promise<KeyProvider> {
  let provider = opened.get(runtime);
  if (!provider) {
    provider = openKeyProvider(runtime);
    opened.set(runtime, provider);
  }
  return provider;
}

/** Cloud key services come in here. */
function openKeyProvider({ config, secrets, clock }: Runtime): Promise<KeyProvider> {
  const { keys } = config;
  if (keys.provider === 'transit') return Transit.open(keys);
  return LocalKeyring.open(path.join(secrets.keyring, 'organizations.json'), clock);
}
