import { describe, expect, it } from '@jest/globals';
import type { Problem } from '@millrace/kernel';
import { checkPassword } from './password-rule.js';

function faultOf(password: string, email = 'ada.lovelace@example.com'): string {
  try {
    checkPassword(password, email, 12);
    return '';
  } catch (error) {
    return (error as Problem).details.errors![0]!.message;
  }
}

describe('a password', () => {
  it.each(['correct horse battery', 'a quiet river of data', 'vinger-kastanje-molen', 'gX9!pQ2#vL7$'])(
    'may be %s',
    (good) => {
      expect(faultOf(good)).toBe('');
    },
  );

  it.each([
    ['short', 'at least 12'],
    ['Password1234!', 'breaches'],
    ['iloveyou123456', 'breaches'],
    ['qwertyuiop123456', 'breaches'],
    ['P@ssw0rdP@ssw0rd', 'repeat the same part'],
    ['abcdefghijklmnop', 'row of the alphabet'],
    ['aaaaaaaaaaaaaaaa', 'repeat the same sign'],
    ['letmein letmein letmein', 'repeat the same part'],
    ['my ada.lovelace secret', 'name part of your e-mail address'],
    ['a'.repeat(5_000), 'repeat the same sign'],
  ])('must not be like %#', (bad, why) => {
    expect(faultOf(bad)).toContain(why);
  });

  it('is counted in characters, not in bytes or halves of them', () => {
    expect(faultOf('🙂'.repeat(11))).toContain('at least 12');
  });
});
