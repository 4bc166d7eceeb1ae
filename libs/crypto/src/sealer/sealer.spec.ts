import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MovableClock } from '@millrace/kernel';
import fc from 'fast-check';
import { MemoryKeyring } from '../key-provider/memory-keyring.js';
import { createSealingKey, openSealer, parseSealedHeader, Sealer, SEALED_OVERHEAD_BYTES } from './sealer.js';
import { SealerCache } from './sealer-cache.js';

const context = { run: 'r-1', partition: '7' };
const key = randomBytes(32);

describe('a sealer', () => {
  it('gives any value back, also to another sealer with the same key', () => {
    const [one, two] = [new Sealer(key), new Sealer(key)];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (value) => {
        const sealed = one.seal(value, context);
        expect(sealed.length).toBe(value.length + SEALED_OVERHEAD_BYTES);
        expect(two.open(sealed, context)).toEqual(Buffer.from(value));
        expect(one.open(two.seal(value, context), context)).toEqual(Buffer.from(value));
      }),
    );
  });

  it('opens what other keys sealed, and seals it anew once', () => {
    const [older, other] = [randomBytes(32), randomBytes(32)];
    const sealed = new Sealer(older).seal('2026-11-22', context);
    const sealer = new Sealer(key, [other, older]);
    expect(sealer.open(sealed, context).toString()).toBe('2026-11-22');
    const anew = sealer.reseal(sealed, context)!;
    expect(new Sealer(key).open(anew, context).toString()).toBe('2026-11-22');
    expect(sealer.reseal(anew, context)).toBeUndefined();
    expect(() => sealer.open(sealed, { ...context, run: 'r-2' })).toThrow('was changed');
    expect(() => new Sealer(key, [other]).reseal(sealed, context)).toThrow('was changed');
  });

  it('refuses a value with any bit flipped, of another context or of another key', () => {
    const sealer = new Sealer(key);
    const sealed = sealer.seal('2026-11-22', context);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => sealer.open(changed, context)).toThrow(/Not a sealed value|was changed/);
    }
    expect(() => sealer.open(sealed, { ...context, partition: '8' })).toThrow('was changed');
    expect(() => new Sealer(randomBytes(32)).open(sealed, context)).toThrow('was changed');
    for (let length = 0; length < sealed.length; length++)
      expect(() => sealer.open(sealed.subarray(0, length), context)).toThrow();
  });

  it('shows without a key that a value is AES-256-GCM', () => {
    expect(parseSealedHeader(new Sealer(key).seal('four', context))).toEqual({
      algorithm: 'AES-256-GCM',
      keyBits: 256,
      plaintextBytes: 4,
    });
  });

  it('never uses a nonce twice under one derived key', () => {
    const seen = new Set<string>();
    for (const sealer of [new Sealer(key), new Sealer(key)]) {
      for (let count = 0; count < 2_000; count++) seen.add(sealer.seal('', context).toString('hex', 6, 34));
    }
    expect(seen.size).toBe(4_000);
    expect(new Set([...seen].map((text) => text.slice(0, 32))).size).toBe(2);
  });

  it('opens a value of format 1 (test vector)', () => {
    const sealer = new Sealer(Buffer.from(Array.from({ length: 32 }, (_, index) => index)));
    expect(
      sealer
        .open(
          Buffer.from('TUxSUwEB2Km/D7eGy0+FpsGY3MnmXRNPJl90FN9Jk1R2DaGyvkBDQ8wzyOFOlx978nRtdGw2iUkOZqOB', 'base64'),
          context,
        )
        .toString(),
    ).toBe('2026-11-22');
  });

  it('is opened from its wrapped key for its own purpose only', async () => {
    const provider = new MemoryKeyring();
    await provider.createKey('org-1');
    const sealingKey = await createSealingKey(provider, 'org-1', 'cursors');
    const request = { keyName: 'org-1', purpose: 'cursors', sealingKey };
    const sealed = (await openSealer(provider, request)).seal('bound', context);
    expect((await openSealer(provider, request)).open(sealed, context).toString()).toBe('bound');
    await expect(openSealer(provider, { ...request, purpose: 'other' })).rejects.toMatchObject({
      code: 'envelope-refused',
    });
    await provider.destroyKey('org-1');
    await expect(openSealer(provider, request)).rejects.toMatchObject({ code: 'key-not-found' });
  });
});

describe('a cache of sealers', () => {
  function build(lifetimeMs = 1_000, maxSealers = 2) {
    const clock = new MovableClock(new Date('2026-11-22T10:00:00Z'));
    const opened: string[] = [];
    const open = async (owner: string) => {
      opened.push(owner);
      if (owner === 'broken') throw new Error('no key');
      return new Sealer(key);
    };
    return { clock, opened, cache: new SealerCache({ open, lifetimeMs, maxSealers, clock }) };
  }

  it('opens once per lifetime, also when asked twice at the same time', async () => {
    const { cache, clock, opened } = build();
    const [first, second] = await Promise.all([cache.get('a'), cache.get('a')]);
    expect(first).toBe(second);
    clock.advance(999);
    await cache.get('a');
    expect(opened).toEqual(['a']);
    clock.advance(1);
    await cache.get('a');
    expect(opened).toEqual(['a', 'a']);
  });

  it('keeps no more than its bound and forgets on demand', async () => {
    const { cache, opened } = build();
    for (const owner of ['a', 'b', 'c', 'b', 'a']) await cache.get(owner);
    expect(opened).toEqual(['a', 'b', 'c', 'a']);
    cache.forget('a');
    await cache.get('a');
    cache.forget();
    await cache.get('c');
    expect(opened.slice(4)).toEqual(['a', 'c']);
  });

  it('does not remember a failure', async () => {
    const { cache, opened } = build();
    await expect(cache.get('broken')).rejects.toThrow('no key');
    await expect(cache.get('broken')).rejects.toThrow('no key');
    expect(opened).toEqual(['broken', 'broken']);
  });
});
