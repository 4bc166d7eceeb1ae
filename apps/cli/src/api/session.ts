import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const Stored = z.strictObject({ url: z.url(), cookies: z.record(z.string(), z.string()) });

/** The cookies of one session with one region, as a browser would keep them. */
export class Session {
  private readonly cookies: Map<string, string>;

  constructor(
    readonly url: string,
    cookies: Readonly<Record<string, string>> = {},
  ) {
    this.cookies = new Map(Object.entries(cookies));
  }

  /** Reads a session that an earlier sign-in left; undefined when there is none. */
  static read(file: string): Session | undefined {
    if (!existsSync(file)) return undefined;
    const stored = Stored.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return stored.success ? new Session(stored.data.url, stored.data.cookies) : undefined;
  }

  /** Keeps the session where only its owner can read it; a session that has ended is removed. */
  write(file: string): void {
    if (this.cookies.size === 0) return rmSync(file, { force: true });
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const stored = { url: this.url, cookies: this.toCookies() };
    writeFileSync(file, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 });
    chmodSync(file, 0o600);
  }

  toCookies(): Record<string, string> {
    return Object.fromEntries(this.cookies);
  }

  cookie(name: string): string | undefined {
    return this.cookies.get(name);
  }

  /** The request header; undefined without a cookie. */
  get header(): string | undefined {
    return this.cookies.size ? [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') : undefined;
  }

  /** Takes over what an answer sets or clears (RFC 6265 §5.3, as far as one site with one path needs it). */
  take(answer: Headers): void {
    for (const line of answer.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
      const isCleared = value === '' || attributes.some((one) => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(one));
      if (isCleared) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }
}
