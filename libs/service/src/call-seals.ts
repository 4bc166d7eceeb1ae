import { type ContextName, kernelProblems, sealedContexts, type ServiceName } from '@millrace/contracts';
import { fromBase64url, isCryptoError, type LeaseKeyPair, openSealed, sealTo } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import type { CallSeals } from '@millrace/messaging';
import type { SecretsDirectory } from './secrets-directory.js';
import type { WatchedFiles } from './watched-files.js';

export interface HeldSeals extends CallSeals {
  /** The ids of this party's own keys as the files are now, and of the one that is sealed to; undefined for one without. */
  held(): Promise<{ readonly keyIds: readonly string[]; readonly inUse: string } | undefined>;
}

/**
 * Seals to the newest key of a context and opens with every key of one's own, so that what was sealed just before a
 * rotation still arrives. Only the context itself has the private halves.
 */
export async function createCallSeals(service: ServiceName, secrets: SecretsDirectory): Promise<HeldSeals> {
  const publicKeys = new Map(sealedContexts.map((name) => [name, secrets.sealingPublicKey(name)]));
  const context = sealedContexts.find((name) => name === service);
  const own = context && secrets.sealingKeys(context);
  await own?.current();
  return {
    async seal(to, plaintext, info) {
      const { publicKey, keyId } = await keyOf(publicKeys, to).current();
      return { keyId, sealed: (await sealTo(publicKey, plaintext, info)).toString('base64url') };
    },
    async held() {
      if (!own) return undefined;
      const [pairs, { keyId: inUse }] = await Promise.all([own.latest(), keyOf(publicKeys, context).latest()]);
      return { keyIds: pairs.map(({ thumbprint }) => thumbprint), inUse };
    },
    async open(keyId, sealed, info) {
      const [pair, bytes] = [own && (await pairOf(own, keyId)), fromBase64url(sealed)];
      if (!pair || !bytes) throw new Problem(kernelProblems.notSealed);
      return openSealed(pair, bytes, info).catch((cause: unknown) => {
        throw isCryptoError(cause) ? new Problem(kernelProblems.notSealed, { cause }) : cause;
      });
    },
  };
}

function keyOf<T>(keys: ReadonlyMap<ContextName, T>, context: ContextName): T {
  const found = keys.get(context);
  if (!found) throw new Error(`No operation is sealed to ${context}`);
  return found;
}

async function pairOf(own: WatchedFiles<readonly LeaseKeyPair[]>, keyId: string): Promise<LeaseKeyPair | undefined> {
  const find = (pairs: readonly LeaseKeyPair[]) => pairs.find(({ thumbprint }) => thumbprint === keyId);
  return find(await own.current()) ?? find(await own.latest());
}
