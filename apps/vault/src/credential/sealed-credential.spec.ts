import { describe, expect, it } from '@jest/globals';
import { LeasedCredential } from '@millrace/contracts';
import fc from 'fast-check';
import { withFieldKey } from './sealed-credential.js';

const key = Buffer.alloc(32, 7);
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 63 })
  .filter((one) => one.trim() === one && one.length > 0 && one.length <= 63);

describe('what a lease seals', () => {
  it('is the credential with the field key, whatever stands in the password', () => {
    fc.assert(
      fc.property(text, text, (username, password) => {
        const joined = withFieldKey(Buffer.from(JSON.stringify({ username, password })), key);
        expect(LeasedCredential.parse(JSON.parse(joined.toString('utf8')))).toEqual({
          username,
          password,
          fieldKey: key.toString('base64url'),
        });
      }),
    );
  });

  it('lets no password end the object early', () => {
    const password = '","fieldKey":"AAAA"}';
    const joined = withFieldKey(Buffer.from(JSON.stringify({ username: 'reader', password })), key);
    expect(JSON.parse(joined.toString('utf8'))).toEqual({
      username: 'reader',
      password,
      fieldKey: key.toString('base64url'),
    });
  });
});
