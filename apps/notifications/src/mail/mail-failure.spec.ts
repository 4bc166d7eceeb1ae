import { describe, expect, it } from '@jest/globals';
import { EGRESS_PROBLEMS } from '@millrace/egress';
import { Problem } from '@millrace/kernel';
import { failureOf } from './mail-failure.js';

describe('a mail that was not taken', () => {
  it.each([
    [550, 'RCPT TO', 'smtp.550', true],
    [554, 'DATA', 'smtp.554', true],
    [553, 'MAIL FROM', 'smtp.553', true],
    [451, 'RCPT TO', 'smtp.451', false],
    [554, 'CONN', 'smtp.554', false],
    [530, 'MAIL FROM', 'smtp.530', false],
    [502, 'STARTTLS', 'smtp.tls-refused', false],
  ])('with reply %i to %s is %s, permanent: %s', (responseCode, command, code, permanent) => {
    expect(failureOf(Object.assign(new Error('x'), { responseCode, command }))).toMatchObject({ code, permanent });
  });

  it('says nothing of what the server said', () => {
    const failure = failureOf(
      Object.assign(new Error('no such user ada@example.com'), { responseCode: 550, command: 'RCPT TO' }),
    );
    expect(`${failure.message} ${failure.code}`).toBe('smtp.550 smtp.550');
    expect(failure.cause).toBeUndefined();
  });

  it('names a broken handshake, a silent server and a refusal of the guard', () => {
    expect(failureOf(Object.assign(new Error('x'), { code: 'ETLS' })).code).toBe('smtp.tls-refused');
    expect(failureOf(new Error('socket hang up')).code).toBe('smtp.unreachable');
    expect(failureOf(new Problem(EGRESS_PROBLEMS['egress.private-address']))).toMatchObject({
      code: 'egress.private-address',
      permanent: false,
    });
  });
});
