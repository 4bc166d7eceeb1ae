import { describe, expect, it, jest } from '@jest/globals';
import { Secret, stopwatch } from '@millrace/kernel';
import bcrypt from 'bcrypt';
import { PasswordHasher, type Peppers } from './password-hasher.js';

/** Each check takes a fifth of a second on a quiet machine. */
jest.setTimeout(60_000);

const pepper = (fill: number) => new Secret<Uint8Array>(Buffer.alloc(32, fill));
/** Peppers that stay as they are. */
const fixed = (keys: ReadonlyMap<number, Secret<Uint8Array>>): Peppers => {
  const all = [...keys].map(([version, key]) => ({ version, key }));
  return { newest: async () => all.at(-1)!, of: async (version) => all.find((one) => one.version === version) };
};
const hasher = new PasswordHasher({ peppers: fixed(new Map([[1, pepper(1)]])) });
const secret = (text: string) => new Secret(text);

describe('a password hash', () => {
  it('is bcrypt of cost 12 and verifies its own password only', async () => {
    const stored = await hasher.hash(secret('correct horse'));
    expect(stored).toEqual({ hash: expect.stringMatching(/^\$2b\$12\$[./A-Za-z0-9]{53}$/), pepperVersion: 1 });
    expect(await hasher.verify(secret('correct horse'), stored)).toEqual({ ok: true, needsRehash: false });
    expect(await hasher.verify(secret('correct horsf'), stored)).toEqual({ ok: false, needsRehash: false });
  });

  it('has a fixed form (test vector): bcrypt over base64 of HMAC-SHA-384', async () => {
    // HMAC-SHA-384 with 32 bytes of 0x01 over "é", computed with Python's hmac and base64.
    const prepared = 'Sxt1pXgm8MfGxWSLITaTvDddG+DYgooayMOfO/ymgWIIU5w2N0VoI/n1DEM8A7Ke';
    const stored = { hash: await bcrypt.hash(prepared, 12), pepperVersion: 1 };
    expect((await hasher.verify(secret('é'), stored)).ok).toBe(true);
  });

  it('is the same for all ways to type a letter, and different after byte 72 and after a zero', async () => {
    const [composed, decomposed] = ['\u00e9', 'e\u0301'];
    const stored = await hasher.hash(secret(`${composed}${'x'.repeat(100)}\0end`));
    expect((await hasher.verify(secret(`${decomposed}${'x'.repeat(100)}\0end`), stored)).ok).toBe(true);
    expect((await hasher.verify(secret(`${composed}${'x'.repeat(100)}\0other`), stored)).ok).toBe(false);
    expect((await hasher.verify(secret(`${composed}${'x'.repeat(99)}y\0end`), stored)).ok).toBe(false);
  });

  it('is to be renewed after a new pepper or a higher cost, and verifies with the old pepper until then', async () => {
    const stored = await hasher.hash(secret('pass'));
    const peppers = new Map([
      [1, pepper(1)],
      [2, pepper(2)],
    ]);
    const rotated = new PasswordHasher({ peppers: fixed(peppers) });
    expect(await rotated.verify(secret('pass'), stored)).toEqual({ ok: true, needsRehash: true });
    expect(await rotated.verify(secret('wrong'), stored)).toEqual({ ok: false, needsRehash: false });
    expect((await rotated.hash(secret('pass'))).pepperVersion).toBe(2);
    expect(
      await new PasswordHasher({ peppers: fixed(new Map([[1, pepper(1)]])), cost: 13 }).verify(secret('pass'), stored),
    ).toEqual({ ok: true, needsRehash: true });
    const without = new PasswordHasher({ peppers: fixed(new Map([[2, pepper(2)]])) });
    await expect(without.verify(secret('pass'), stored)).rejects.toMatchObject({ code: 'pepper-not-found' });
    const other = new PasswordHasher({ peppers: fixed(new Map([[1, pepper(9)]])) });
    expect((await other.verify(secret('pass'), stored)).ok).toBe(false);
  });
});

describe('a password hasher', () => {
  it('takes as long for an account that does not exist', async () => {
    const stored = await hasher.hash(secret('pass'));
    const times = { known: [] as number[], unknown: [] as number[] };
    for (let round = 0; round < 3; round++) {
      for (const kind of ['known', 'unknown'] as const) {
        const elapsed = stopwatch();
        const verdict = await hasher.verify(secret('wrong'), kind === 'known' ? stored : undefined);
        times[kind].push(elapsed());
        expect(verdict).toEqual({ ok: false, needsRehash: false });
      }
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[1]!;
    // A check that is skipped takes microseconds; the bound leaves room for a busy machine.
    expect(median(times.unknown)).toBeGreaterThan(median(times.known) / 2);
    expect(median(times.unknown)).toBeLessThan(median(times.known) * 2);
  });

  it('takes 1,024 bytes and no more, counted after normalisation', async () => {
    await hasher.hash(secret('x'.repeat(1_024)));
    for (const long of ['x'.repeat(1_025), 'é'.repeat(513), '\ufdfa'.repeat(40), 'x'.repeat(1_000_000)]) {
      await expect(hasher.hash(secret(long))).rejects.toMatchObject({ code: 'password-too-long' });
      await expect(hasher.verify(secret(long), undefined)).rejects.toMatchObject({ code: 'password-too-long' });
    }
  });

  it('refuses stored hashes that are not bcrypt', async () => {
    for (const hash of [
      '',
      'pass',
      '$2y$12$short',
      `$2b$12$${'x'.repeat(54)}`,
      `$2b$31$${'x'.repeat(53)}`,
      `$2b$03$${'x'.repeat(53)}`,
    ]) {
      await expect(hasher.verify(secret('pass'), { hash, pepperVersion: 1 })).rejects.toMatchObject({
        code: 'password-hash-malformed',
      });
    }
  });

  it('turns callers away rather than let hundreds wait', async () => {
    const attempts = Array.from({ length: 70 }, () =>
      hasher.verify(secret('x'), { hash: `$2b$04$${'x'.repeat(53)}`, pepperVersion: 1 }),
    );
    const results = await Promise.allSettled(attempts);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused[0]).toMatchObject({ reason: { code: 'password-hasher-busy' } });
  });

  it('is not made with a weak cost, and hashes with no short pepper', async () => {
    const short = new PasswordHasher({ peppers: fixed(new Map([[1, new Secret<Uint8Array>(Buffer.alloc(31))]])) });
    await expect(short.hash(secret('pass'))).rejects.toThrow('32 bytes');
    expect(() => new PasswordHasher({ peppers: fixed(new Map([[1, pepper(1)]])), cost: 11 })).toThrow('12 to 20');
  });
});
