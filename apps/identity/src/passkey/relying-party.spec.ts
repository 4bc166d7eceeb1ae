import { describe, expect, it } from '@jest/globals';
import { relyingPartyOf } from './relying-party.js';

const of = (...origins: string[]) =>
  relyingPartyOf({ http: { host: '127.0.0.1', port: 8400, origins, secureCookies: true } });

describe('who we are to passkeys', () => {
  it('is the host name of the first origin that has one', () => {
    expect(of('http://127.0.0.1:8400', 'https://eu.millrace.example', 'https://eu.millrace.example:8443')).toEqual({
      id: 'eu.millrace.example',
      origins: ['https://eu.millrace.example', 'https://eu.millrace.example:8443'],
    });
  });

  it.each([[], ['http://127.0.0.1:8400'], ['http://[::1]:8400']])('is nobody without a host name: %j', (...origins) => {
    expect(() => of(...(origins as string[]))).toThrow(
      expect.objectContaining({ code: 'identity.passkeys-unavailable' }),
    );
  });
});
