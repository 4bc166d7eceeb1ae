import { factsOf, type OAuthProvider } from '@millrace/contracts';
import { Secret } from '@millrace/kernel';
import { type Runtime } from '@millrace/service';
import { type ConnectionRow } from '../connection/connection.queries.js';
import { type Proofs } from '../credential/sealed-credential.js';
import { type OAuthClients } from '../provider/oauth-client.js';
import { obtainToken } from '../provider/obtain-token.js';
import { type ProviderGuard } from '../provider/provider-guard.js';
import { proofsOfGrant, proofsOfToken, scopesAgree } from './proofs-of-grant.js';

/** Whether a connection has a grant, rather than a credential that somebody typed in. */
export function isGrant({ auth }: Pick<ConnectionRow, 'auth'>): boolean {
  return auth === 'oauth2' || auth === 'oauth2-pkce';
}

/** Asks providers for new tokens and has them end old ones, whatever way a connection proves itself. */
export class TokenSources {
  constructor(
    private readonly runtime: Runtime,
    private readonly clients: OAuthClients,
    private readonly guard: ProviderGuard,
  ) {}

  /**
   * The next token.
   * @param renewal what the vault kept for this
   * @returns `expired` where there is nothing to renew it with, `scope-changed` where the next token carries other
   *   permissions than were agreed; it is given back then
   * @throws ProviderError
   */
  async renew(
    connection: ConnectionRow,
    renewal: Readonly<Record<string, string>>,
  ): Promise<Proofs | 'expired' | 'scope-changed'> {
    const { clock } = this.runtime;
    const { provider, config, id } = connection;
    const source = factsOf(provider).direct?.token;
    if (!isGrant(connection)) {
      if (!source) return 'expired';
      const fetch = (url: string, request: Parameters<ProviderGuard['fetch']>[2]) => this.guard.fetch(id, url, request);
      return proofsOfToken(
        await obtainToken({ source, config, credential: renewal, clock, fetch }),
        renewal,
        clock.now(),
      );
    }
    const { refreshToken } = renewal;
    if (refreshToken === undefined) return 'expired';
    const client = await this.clients.for(provider as OAuthProvider, config, id);
    const grant = await client.refresh(new Secret(refreshToken));
    const proofs = proofsOfGrant(grant, clock.now(), refreshToken);
    if (scopesAgree(grant.scopes, connection.scopes)) return proofs;
    await this.giveBack(connection, proofs);
    return 'scope-changed';
  }

  /** Ends a grant that nobody will use. Should the provider be away, it ends there by itself. */
  async giveBack(connection: ConnectionRow, { renewal }: Proofs): Promise<void> {
    if (!isGrant(connection) || !renewal) return;
    await this.end(connection, renewal.reveal()).catch((error: unknown) =>
      this.runtime.log.warn('a grant that nobody will use could not be given back', {}, error),
    );
  }

  /** Ends the grant of a connection at the provider. @throws ProviderError */
  async end({ provider, config, id }: ConnectionRow, renewal: Readonly<Record<string, string>>): Promise<void> {
    const client = await this.clients.for(provider as OAuthProvider, config, id);
    const token = renewal['refreshToken'] ?? renewal['token'];
    if (client.revokes && token !== undefined) await client.revoke(new Secret(token));
  }
}
