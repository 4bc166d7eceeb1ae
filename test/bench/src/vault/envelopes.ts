import { randomBytes } from 'node:crypto';
import { MemoryKeyring, openEnvelope, sealEnvelope, type WrappedKey } from '@millrace/crypto';
import { stopwatch } from '@millrace/kernel';
import { compete, medianRatio } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { EnvelopeByHand } from './envelope-by-hand.js';
import type { VaultArena } from './vault-arena.js';

const SECRET_BYTES = 2_048;
const PER_ROUND = 10_000;
const WARM_UP_ROUNDS = 3;
const keyName = 'org-bench';
const identity = ['credential.ciphertext', 'o', 'c', '1'];
const context = { field: 'credential.ciphertext', orgId: 'o', connectionId: 'c', version: '1' };

export const envelopes: Contest<VaultArena> = {
  name: 'envelopes',
  figures: {
    encrypt_vs_envelope: { work: 'sealing secrets of 2 KB: our speed ÷ that of the envelope by hand', atLeast: 0.8 },
    decrypt_vs_envelope: { work: 'opening them', atLeast: 0.8 },
  },
  measure,
};

async function measure({ options, note }: VaultArena): Promise<Figures> {
  const provider = new MemoryKeyring();
  await provider.createKey(keyName);
  const byHand = new EnvelopeByHand();
  const plaintext = randomBytes(SECRET_BYTES);
  const ours = { keyName, context };
  await assertFreshDataKeys(plaintext);
  const sealed = {
    ours: await sealEnvelope(provider, { ...ours, plaintext }),
    byHand: byHand.seal(plaintext, identity),
  };
  const repeat = (act: () => unknown) => async () => {
    const elapsed = stopwatch();
    for (let count = 0; count < PER_ROUND; count++) await act();
    return elapsed();
  };
  const contestants = {
    seal: repeat(() => sealEnvelope(provider, { ...ours, plaintext })),
    sealByHand: repeat(() => byHand.seal(plaintext, identity)),
    open: repeat(() => openEnvelope(provider, { ...ours, envelope: sealed.ours })),
    openByHand: repeat(() => byHand.open(sealed.byHand, identity)),
  };
  // Compilers warm up in rounds that do not count.
  await compete(WARM_UP_ROUNDS, contestants, () => undefined);
  const times = await compete(options.pairs, contestants, note);
  return {
    encrypt_vs_envelope: medianRatio(times.sealByHand, times.seal),
    decrypt_vs_envelope: medianRatio(times.openByHand, times.open),
  };
}

/** The figure is void when envelopes share a data key. */
async function assertFreshDataKeys(plaintext: Buffer): Promise<void> {
  const seen = new Set<string>();
  class Watching extends MemoryKeyring {
    override wrap(name: string, dataKey: Uint8Array, binding: Uint8Array): Promise<WrappedKey> {
      seen.add(Buffer.from(dataKey).toString('hex'));
      return super.wrap(name, dataKey, binding);
    }
  }
  const provider = new Watching();
  await provider.createKey(keyName);
  for (let count = 0; count < 100; count++) await sealEnvelope(provider, { keyName, context, plaintext });
  if (seen.size !== 100) throw new Error('Envelopes share data keys');
}
