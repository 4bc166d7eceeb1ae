import { describe, expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { isCrossSite, isStateChanging } from './same-origin.js';

const from = (headers: Record<string, string>) =>
  ({ headers: { host: 'region.example', ...headers } }) as unknown as FastifyRequest;
const ORIGINS = ['https://console.example'];

describe('a request', () => {
  it.each([
    ['without either header', {}, false],
    ['that the browser calls same-origin', { 'sec-fetch-site': 'same-origin' }, false],
    ['that a person typed', { 'sec-fetch-site': 'none' }, false],
    ['of our own origin, from an old browser', { origin: 'https://region.example' }, false],
    ['of an origin of this region', { origin: 'https://console.example', 'sec-fetch-site': 'same-site' }, false],
    ['of a sibling', { 'sec-fetch-site': 'same-site' }, true],
    ['of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://region.example' }, true],
    ['of another origin, from an old browser', { origin: 'https://elsewhere.example' }, true],
    ['of our host on another port', { origin: 'https://region.example:8443' }, true],
    ['of an origin that begins like ours', { origin: 'https://region.example.elsewhere.example' }, true],
    ['of an opaque origin', { origin: 'null' }, true],
    ['with a word that no browser sends', { 'sec-fetch-site': 'same' }, true],
  ])('%s', (_what, headers, expected) => {
    expect(isCrossSite(from(headers), ORIGINS)).toBe(expected);
  });

  it('changes something unless its method says that it does not', () => {
    expect(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'].map(isStateChanging)).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
  });
});
