import { describe, expect, it } from '@jest/globals';
import { openEnvelope, sealEnvelope } from '../envelope/envelope.js';
import { CryptoError } from '../crypto-error.js';
import { keyProviderContract } from './key-provider.contract.js';
import { MemoryKeyring } from './memory-keyring.js';
import { isForTwo, type SecondHolder, SharedKeys } from './shared-keys.js';

class Holder extends MemoryKeyring implements SecondHolder {
  readonly keyName = 'theirs';
}

/** A region and a customer that holds every key with it. */
async function pair() {
  const [region, holder] = [new MemoryKeyring(), new Holder()];
  await holder.createKey(holder.keyName);
  let joined: Holder | undefined = holder;
  const keys = new SharedKeys(region, { toWrapWith: async () => joined, toUnwrapWith: async () => holder });
  return { region, holder, keys, leave: () => (joined = undefined) };
}

keyProviderContract('a keyring shared with a second holder', async () => (await pair()).keys);

const [dataKey, binding] = [Buffer.alloc(32, 7), Buffer.from('binding')];
const refused = { code: 'wrap-refused' };

async function wrapped() {
  const parts = await pair();
  await parts.keys.createKey('org-1');
  return { ...parts, one: await parts.keys.wrap('org-1', dataKey, binding) };
}

describe('a data key that is wrapped for two', () => {
  it('opens with both of them and says that it is one', async () => {
    const { keys, one } = await wrapped();
    expect(isForTwo(one.wrapped)).toBe(true);
    expect(await keys.unwrap('org-1', one, binding)).toEqual(dataKey);
  });

  it('is nothing to either of them alone', async () => {
    const { region, holder, one } = await wrapped();
    await expect(region.unwrap('org-1', one, binding)).rejects.toMatchObject(refused);
    await expect(holder.unwrap('theirs', one, binding)).rejects.toMatchObject(refused);
    const alone = new SharedKeys(region, { toWrapWith: async () => undefined, toUnwrapWith: async () => undefined });
    await expect(alone.unwrap('org-1', one, binding)).rejects.toMatchObject({ code: 'key-holder-refused' });
  });

  it('has other parts each time, and neither is the key', async () => {
    const { region, keys } = await wrapped();
    const seen = new Set<string>();
    const original = region.wrap.bind(region);
    region.wrap = (name, part, bound) => {
      seen.add(Buffer.from(part).toString('hex'));
      return original(name, part, bound);
    };
    for (let round = 0; round < 8; round++) await keys.wrap('org-1', dataKey, binding);
    expect(seen.size).toBe(8);
    expect(seen).not.toContain(dataKey.toString('hex'));
  });

  it('is refused when any byte of it was changed or cut off', async () => {
    const { keys, one } = await wrapped();
    for (let at = 0; at < one.wrapped.length; at++) {
      const changed = Buffer.from(one.wrapped);
      changed[at]! ^= 1;
      await expect(keys.unwrap('org-1', { ...one, wrapped: changed }, binding)).rejects.toBeInstanceOf(CryptoError);
      const cut = { ...one, wrapped: one.wrapped.subarray(0, at) };
      await expect(keys.unwrap('org-1', cut, binding)).rejects.toBeInstanceOf(CryptoError);
    }
  });

  it('cannot be put together from parts of two data keys', async () => {
    const { keys, one } = await wrapped();
    const other = await keys.wrap('org-1', Buffer.alloc(32, 8), Buffer.from('another binding'));
    const half = one.wrapped.length / 2;
    const mixed = Buffer.concat([one.wrapped.subarray(0, half), other.wrapped.subarray(half)]);
    await expect(keys.unwrap('org-1', { ...one, wrapped: mixed }, binding)).rejects.toBeInstanceOf(CryptoError);
  });

  it('is gone with the key of the second holder, whatever the region keeps', async () => {
    const { holder, keys } = await wrapped();
    const request = { keyName: 'org-1', context: { tenant: 'one' } };
    const envelope = await sealEnvelope(keys, { ...request, plaintext: Buffer.from('secret') });
    expect((await openEnvelope(keys, { ...request, envelope })).toString()).toBe('secret');
    await holder.destroyKey('theirs');
    await expect(openEnvelope(keys, { ...request, envelope })).rejects.toMatchObject({ code: 'key-holder-refused' });
  });

  it('still opens for who has left, and new ones are the region’s alone', async () => {
    const { region, keys, one, leave } = await wrapped();
    leave();
    expect(await keys.unwrap('org-1', one, binding)).toEqual(dataKey);
    const later = await keys.wrap('org-1', dataKey, binding);
    expect(isForTwo(later.wrapped)).toBe(false);
    expect(await region.unwrap('org-1', later, binding)).toEqual(dataKey);
  });
});
