import { describe, expect, it } from '@jest/globals';
import { authenticatorKey, stepOf, totpUri } from './totp.js';

/** RFC 6238 appendix B, SHA-1; the last six of its eight digits are the six-digit code (RFC 4226 §5.3 truncates by modulo). */
const KEY = Buffer.from('12345678901234567890');
const vectors: readonly (readonly [number, string])[] = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
];
const at = (seconds: number) => new Date(seconds * 1000);

describe('a code of an authenticator', () => {
  it.each(vectors)('at %d s is the last six digits of %s (RFC 6238, appendix B)', (seconds, digits) => {
    expect(stepOf(KEY, digits.slice(2), at(seconds))).toBe(Math.floor(seconds / 30));
  });

  it('may be one step early or late, not two', () => {
    const [seconds, digits] = vectors[2]!;
    const step = Math.floor(seconds / 30);
    expect(stepOf(KEY, digits.slice(2), at(seconds + 30))).toBe(step);
    expect(stepOf(KEY, digits.slice(2), at(seconds - 30))).toBe(step);
    expect(stepOf(KEY, digits.slice(2), at(seconds + 60))).toBeUndefined();
    expect(stepOf(KEY, digits.slice(2), at(seconds - 60))).toBeUndefined();
  });

  it.each(['', '12345', '1234567', 'abcdef', '050471 '])('is not %j', (code) => {
    expect(stepOf(KEY, code, at(1_111_111_111))).toBeUndefined();
  });
});

describe('the key of an authenticator', () => {
  it('is 160 bits that differ by seed and by region', () => {
    const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const keys = [authenticatorKey(one, 'a'), authenticatorKey(one, 'b'), authenticatorKey(other, 'a')];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(3);
    expect(keys.every((key) => key.length === 20)).toBe(true);
  });

  it('is told to apps in the form that they know', () => {
    const { uri, key } = totpUri(KEY, 'DataFlow-Xpert', 'ada@example.com');
    expect(key).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    expect(uri).toBe(
      'otpauth://totp/DataFlow-Xpert:ada%40example.com?issuer=DataFlow-Xpert&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
    );
  });
});
