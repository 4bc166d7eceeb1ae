import { describe, expect, it } from '@jest/globals';
import { Session } from './session.js';

function answer(...cookies: string[]): Headers {
  const headers = new Headers();
  for (const cookie of cookies) headers.append('set-cookie', cookie);
  return headers;
}

describe('a session', () => {
  it('sends back what it was given', () => {
    const session = new Session('http://127.0.0.1:8400');
    expect(session.header).toBeUndefined();
    session.take(
      answer('sessionid=abc=; Path=/; HttpOnly', 'csrftoken=def; Path=/; Expires=Wed, 21 Oct 2099 07:28:00 GMT'),
    );
    expect(session.header).toBe('sessionid=abc=; csrftoken=def');
    expect(session.cookie('csrftoken')).toBe('def');
  });

  it.each(['sessionid=; Path=/', 'sessionid=gone; Max-Age=0', 'sessionid=gone; max-age=-1'])(
    'forgets what is cleared by %s',
    (cleared) => {
      const session = new Session('http://127.0.0.1:8400', { sessionid: 'abc' });
      session.take(answer(cleared));
      expect(session.toCookies()).toEqual({});
    },
  );
});
