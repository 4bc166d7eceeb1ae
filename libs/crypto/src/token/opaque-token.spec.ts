import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { constantTimeEqual, hashOpaqueToken, newOpaqueToken } from './opaque-token.js';

it('makes tokens of 256 random bits that print as a mask, with the hash to store', () => {
  const [one, two] = [newOpaqueToken(), newOpaqueToken()];
  expect(one.token.reveal()).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(one.token.reveal()).not.toBe(two.token.reveal());
  expect(one.hash).toBe(createHash('sha256').update(one.token.reveal()).digest('hex'));
  expect(hashOpaqueToken(one.token.reveal())).toBe(one.hash);
  expect(JSON.stringify(one)).not.toContain(one.token.reveal());
});

it('compares by content, whatever the lengths', () => {
  expect(constantTimeEqual('abc', 'abc')).toBe(true);
  expect(constantTimeEqual('abc', Buffer.from('abc'))).toBe(true);
  for (const other of ['abd', 'ab', 'abcd', '']) expect(constantTimeEqual('abc', other)).toBe(false);
});
