import { createHmac, randomBytes } from 'node:crypto';
import type { Secret } from '@millrace/kernel';
import bcrypt from 'bcrypt';
import { CryptoError } from '../crypto-error.js';

/** The least cost the product's promises allow (each step doubles the work); about 180 ms on a 2.4 GHz core. */
export const MIN_BCRYPT_COST = 12;
/** After NFKC. Bounds the work of the pre-hash; longer than any passphrase. */
export const MAX_PASSWORD_BYTES = 1_024;
const MIN_PEPPER_BYTES = 32;
/** bcrypt runs on libuv's four threads, which files and name look-ups need as well. */
const MAX_RUNNING = 2;
/** At two at a time and 180 ms each, the last of these waits for about six seconds. */
const MAX_WAITING = 64;
/** bcrypt's own least cost, and the most that is worked off: 2^8 times the default, 45 seconds. */
const [LEAST_STORED_COST, MAX_COST] = [4, 20];
/** Longer texts are refused before they are normalised: NFKC shortens a text to a quarter at most. */
const MAX_TYPED_LENGTH = 4 * MAX_PASSWORD_BYTES;
const STORED = /^\$2b\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** What is stored per account. */
export interface PasswordHash {
  /** `$2b$` bcrypt string, 60 characters. */
  readonly hash: string;
  /** Which pepper went into it. */
  readonly pepperVersion: number;
}

export interface PasswordVerdict {
  readonly ok: boolean;
  /** The password is right but its hash has an old pepper or a lower cost: store {@link PasswordHasher.hash} anew. */
  readonly needsRehash: boolean;
}

/** Peppers by version, each at least 32 random bytes, kept outside the database. They may come and go meanwhile. */
export interface Peppers {
  /** The one that goes into new hashes: the highest version. */
  newest(): Promise<Pepper>;
  of(version: number): Promise<Pepper | undefined>;
}

export interface Pepper {
  readonly version: number;
  readonly key: Secret<Uint8Array>;
}

export interface PasswordHasherOptions {
  readonly peppers: Peppers;
  /** bcrypt cost, {@link MIN_BCRYPT_COST} by default and at least. */
  readonly cost?: number;
}

/**
 * Passwords as bcrypt over a keyed pre-hash: NFKC, UTF-8, HMAC-SHA-384 with the pepper, base64 (64 characters, so that
 * bcrypt's limits of 72 bytes and of the first zero byte are never met), then bcrypt. The pre-hash keeps a stolen
 * database from being attacked without the pepper.
 */
export class PasswordHasher {
  private readonly cost: number;
  private readonly dummy: string;
  private readonly gate = new Gate();

  constructor(private readonly options: PasswordHasherOptions) {
    const { cost = MIN_BCRYPT_COST } = options;
    if (!Number.isInteger(cost) || cost < MIN_BCRYPT_COST || cost > MAX_COST)
      throw new RangeError('The bcrypt cost is not 12 to 20');
    this.cost = cost;
    this.dummy = dummyHash(cost);
  }

  /** Throws `password-too-long`, and `password-hasher-busy` when 64 callers are waiting. */
  async hash(password: Secret<string>): Promise<PasswordHash> {
    const pepper = await this.options.peppers.newest();
    const prepared = prepare(password, pepper);
    const hash = await this.gate.run(() => bcrypt.hash(prepared, this.cost));
    return { hash, pepperVersion: pepper.version };
  }

  /**
   * Whether the password is the stored one. Without `stored` (no such account) it takes as long and answers no, so that
   * the time does not tell whether an account exists. Throws as {@link hash} does, `password-hash-malformed`, and
   * `pepper-not-found` when the stored pepper version is not configured.
   */
  async verify(password: Secret<string>, stored: PasswordHash | undefined): Promise<PasswordVerdict> {
    const newest = await this.options.peppers.newest();
    const { hash, pepperVersion } = stored ?? { hash: this.dummy, pepperVersion: newest.version };
    const cost = Number(STORED.exec(hash)?.[1]);
    if (!(cost >= LEAST_STORED_COST && cost <= MAX_COST))
      throw new CryptoError('password-hash-malformed', 'The stored hash is not bcrypt');
    const pepper = pepperVersion === newest.version ? newest : await this.options.peppers.of(pepperVersion);
    if (!pepper) throw new CryptoError('pepper-not-found', 'The pepper of the stored hash is not configured');
    const prepared = prepare(password, pepper);
    const same = await this.gate.run(() => bcrypt.compare(prepared, hash));
    const ok = same && stored !== undefined;
    return { ok, needsRehash: ok && (pepper !== newest || cost < this.cost) };
  }
}

function prepare(password: Secret<string>, { key }: Pepper): string {
  const pepper = key.reveal();
  if (pepper.length < MIN_PEPPER_BYTES) throw new RangeError(`A pepper has at least ${MIN_PEPPER_BYTES} bytes`);
  const typed = password.reveal();
  if (typed.length > MAX_TYPED_LENGTH) throw tooLong();
  const bytes = Buffer.from(typed.normalize('NFKC'), 'utf8');
  if (bytes.length > MAX_PASSWORD_BYTES) throw tooLong();
  return createHmac('sha384', pepper).update(bytes).digest('base64');
}

function tooLong(): CryptoError {
  return new CryptoError('password-too-long', `A password has at most ${MAX_PASSWORD_BYTES} bytes`);
}

/** A well-formed hash of no known password: comparing with it costs as much as with a real one. */
function dummyHash(cost: number): string {
  const tail = randomBytes(31).toString('hex').slice(0, 31);
  return `${bcrypt.genSaltSync(cost)}${tail}`;
}

/** Runs at most {@link MAX_RUNNING} at a time and lets at most {@link MAX_WAITING} wait. */
class Gate {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.running < MAX_RUNNING) this.running++;
    else await this.turn();
    try {
      return await action();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= MAX_WAITING)
      throw new CryptoError('password-hasher-busy', 'Too many passwords to check');
    return new Promise((resolve) => void this.waiting.push(resolve));
  }
}
