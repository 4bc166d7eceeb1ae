import { type Clock, Secret } from '@millrace/kernel';
import { CryptoError } from '../../crypto-error.js';
import { dataOf, headersFor, persistently, type TransitTokens, type TransitTransport } from './transit-client.js';
import { invalid, isTransitMount, type TransitPlace } from './transit-options.js';

/** What shows a server of OpenBao or HashiCorp Vault which role asks. */
export interface AppRole {
  /** Where its method is mounted, `approle` by default there. */
  readonly mount: string;
  readonly roleId: string;
  readonly secretId: Secret;
}

/** A token is used for this share of its life, so that it does not end on its way. */
const USED_SHARE = 0.8;
const TIMEOUT_MS = 1_500;

/**
 * Tokens of an AppRole, kept in memory only. One that is refused before its time is replaced, once for each request: its
 * end may have been brought forward, and a second refusal is about the role.
 *
 * Source: https://openbao.org/api-docs/auth/approle/
 */
export class AppRoleTokens implements TransitTokens {
  private token: Promise<Secret> | undefined;
  private endsAt = 0;

  constructor(
    private readonly place: TransitPlace,
    private readonly role: AppRole,
    private readonly transport: TransitTransport,
    private readonly clock: Clock,
  ) {
    if (!isTransitMount(role.mount))
      throw invalid('the mount of its method must be a path of letters, digits, "_" and "-"');
  }

  current(): Promise<Secret> {
    if (this.token && this.clock.now().getTime() < this.endsAt) return this.token;
    const token = this.login();
    this.token = token;
    this.endsAt = Infinity;
    // The next call tries again.
    token.catch(() => {
      if (this.token === token) this.token = undefined;
    });
    return token;
  }

  renew(): true {
    this.token = undefined;
    return true;
  }

  private async login(): Promise<Secret> {
    const { mount, roleId, secretId } = this.role;
    const url = new URL(`/v1/auth/${mount}/login`, this.place.address);
    const body = Buffer.from(JSON.stringify({ role_id: roleId, secret_id: secretId.reveal() }));
    const answer = await persistently(() =>
      this.transport({ method: 'POST', url, headers: headersFor(this.place), body, timeoutMs: TIMEOUT_MS }),
    );
    if (answer.status !== 200)
      throw new CryptoError('key-provider-denied', 'The transit engine does not know this role, or not its secret');
    const { client_token: token, lease_duration: seconds } = dataOf(answer.body, 'auth');
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw invalid('it gave the role no token');
    const livesMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 * USED_SHARE : Infinity;
    this.endsAt = this.clock.now().getTime() + livesMs;
    return new Secret(token);
  }
}
