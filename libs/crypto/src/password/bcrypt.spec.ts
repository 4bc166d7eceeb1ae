import { describe, expect, it } from '@jest/globals';
import bcrypt from 'bcrypt';

/**
 * Passwords with their salts and hashes: the first group from Openwall's crypt_blowfish 1.3 (wrapper.c), the second from
 * jBCrypt 0.4 (TestBCrypt.java). Published as `$2a$` or `$2y$`; for these passwords `$2b$`, which we store, is the same.
 */
const vectors: readonly (readonly [password: string, hash: string])[] = [
  ['U*U', '05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['U*U*', '05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['U*U*U', '05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  [
    '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored',
    '05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
  ],
  ['', '06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
  ['a', '06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe'],
  ['abc', '06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
  ['abcdefghijklmnopqrstuvwxyz', '06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC'],
  ['~!@#$%^&*()      ~!@#$%^&*()PNBFRD', '06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO'],
];

describe('bcrypt against published vectors', () => {
  it.each(vectors)('hashes %j', async (password, hash) => {
    const stored = `$2b$${hash}`;
    expect(await bcrypt.hash(password, stored.slice(0, 29))).toBe(stored);
    expect(await bcrypt.compare(password, stored)).toBe(true);
    expect(await bcrypt.compare(`${password.slice(1)}!`, stored)).toBe(false);
  });
});
