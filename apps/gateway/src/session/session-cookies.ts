import type { Charter, CharterSet } from '@millrace/charter';
import { constantTimeEqual, createFieldHasher, deriveKey, type FieldHash, hashOpaqueToken } from '@millrace/crypto';
import { addDuration, type Clock, type Secret } from '@millrace/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';

export const SESSION_COOKIE = 'sessionid';
export const CSRF_COOKIE = 'csrftoken';
export const CSRF_HEADER = 'x-csrf-token';
const NAMES = [SESSION_COOKIE, CSRF_COOKIE] as const;

export interface CookieOptions {
  readonly charters: CharterSet;
  readonly clock: Clock;
  /** Whether cookies carry `Secure`. */
  readonly secure: boolean;
  /** The region's key for sessions. */
  readonly key: Secret<Buffer>;
}

export interface StartedSession {
  readonly token: string;
  readonly expiresAt: string;
}

/** The two cookies that sign-in sets, and the proof against cross-site requests that is made from them. */
export class SessionCookies {
  private readonly csrf: FieldHash;

  /** @throws Error when a version of the charter does not register both cookies: the region does not start then */
  constructor(private readonly options: CookieOptions) {
    options.charters.versions.forEach(assertRegistered);
    this.csrf = createFieldHasher(deriveKey(options.key.reveal(), 'csrf'), 'base64url');
  }

  /** The hash under which the session of a request is known; undefined without a session cookie. */
  tokenHashOf(request: FastifyRequest): string | undefined {
    const token = request.cookies[SESSION_COOKIE];
    return token ? hashOpaqueToken(token) : undefined;
  }

  start(reply: FastifyReply, { token, expiresAt }: StartedSession): void {
    const { charters, clock } = this.options;
    const now = clock.now();
    for (const [name, value] of [
      [SESSION_COOKIE, token],
      [CSRF_COOKIE, this.csrf(hashOpaqueToken(token))],
    ] as const) {
      const { lives } = charters.at(now).document.cookies[name]!;
      const registered = lives === 'session' ? undefined : addDuration(now, lives);
      const ends = new Date(expiresAt);
      const expires = registered && registered < ends ? registered : ends;
      reply.setCookie(name, value, { ...this.attributes(name), expires });
    }
  }

  clear(reply: FastifyReply): void {
    for (const name of NAMES) reply.clearCookie(name, this.attributes(name));
  }

  /** Whether the request carries the value that only a page of this site can read. */
  provesOwnSite(request: FastifyRequest, tokenHash: string): boolean {
    const shown = request.headers[CSRF_HEADER];
    return typeof shown === 'string' && constantTimeEqual(shown, this.csrf(tokenHash));
  }

  private attributes(name: string) {
    return { path: '/', sameSite: 'lax', secure: this.options.secure, httpOnly: name === SESSION_COOKIE } as const;
  }
}

function assertRegistered(charter: Charter): void {
  const missing = NAMES.filter((name) => !charter.document.cookies[name]);
  if (missing.length) {
    throw new Error(
      `Charter ${charter.name} ${charter.version} does not register the cookies ${missing.join(', ')}, which sign-in sets`,
    );
  }
}
