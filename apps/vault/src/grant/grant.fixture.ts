import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  beginAuthorization,
  type Connection,
  finishAuthorization,
  type Input,
  type Output,
  readConnection,
} from '@millrace/contracts';
import { type Clock, newId } from '@millrace/kernel';
import { scratchDirectory, startAuthorizationServer, type TestAuthorizationServer } from '@millrace/testing';
import { newUser, startVaultRegion, type User, type VaultRegion } from '../vault.fixture.js';

/** Where the browser is sent back to: the first origin of the region. */
const ORIGIN = 'https://region.example';
export const CLIENT_SECRET = `client-secret-${newId()}`;
const site = { id: 'cloud-1', url: 'https://acme.atlassian.net' };

type Begun = Output<typeof beginAuthorization>;

/**
 * A vault whose Jira is a real authorization server on loopback. The charter allows OAuth alone and lists `offline_access`,
 * so grants can be renewed.
 */
export class GrantRegion implements AsyncDisposable {
  private constructor(
    readonly vault: VaultRegion,
    readonly provider: TestAuthorizationServer,
    private readonly scratch: Disposable,
  ) {}

  static async start({ clock }: { clock: Clock }): Promise<GrantRegion> {
    const scratch = scratchDirectory();
    const clientSecretFile = path.join(scratch.path, 'client-secret');
    writeFileSync(clientSecretFile, `${CLIENT_SECRET}\n`);
    chmodSync(clientSecretFile, 0o600);
    const provider = await startAuthorizationServer({
      clientId: 'millrace',
      clientSecret: CLIENT_SECRET,
      redirectUris: [`${ORIGIN}/connections/callback/jira`],
      scopes: ['read:jira-work', 'read:jira-user', 'write:jira-work'],
      resources: [site],
    });
    const vault = await startVaultRegion({
      charter: 'fluxcascade',
      clock,
      config: {
        http: { host: '127.0.0.1', port: 0, secureCookies: false, origins: [ORIGIN] },
        providers: { jira: { clientId: 'millrace', clientSecretFile, endpoints: provider.endpoints } },
      },
    });
    return new GrantRegion(vault, provider, scratch);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vault.stop();
    await this.provider.stop();
    this.scratch[Symbol.dispose]();
  }

  begin(user: User, config: { site?: string } = {}, name = `jira-${newId()}`): Promise<Begun> {
    return this.vault.region.gatewayCall(beginAuthorization, { name, provider: 'jira', config }, user);
  }

  finish(user: User, answer: URL | string, provider: Input<typeof finishAuthorization>['provider'] = 'jira') {
    const query = typeof answer === 'string' ? answer : answer.search.slice(1);
    return this.vault.region.gatewayCall(finishAuthorization, { provider, answer: query }, user);
  }

  /** A connection that somebody has allowed. */
  async connected(user: User = newUser()): Promise<{ user: User; connection: Connection }> {
    const { url } = await this.begin(user);
    return { user, connection: await this.finish(user, await this.provider.allow(url)) };
  }

  read(user: User, { connectionId }: Connection): Promise<Connection> {
    return this.vault.region.gatewayCall(readConnection, { connectionId }, user);
  }

  /** Reasons of the refusals that the ledger will hold. */
  async refusals(): Promise<string[]> {
    const rows = await this.vault.query<{ reason: string }>(
      `select details->>'reason' as reason from audit_outbox where event = 'connection.authorization-refused' order by entry_id`,
    );
    return rows.map(({ reason }) => reason);
  }

  /** Makes what is to be done at the provider due now. */
  due({ connectionId }: Connection): Promise<unknown> {
    return this.vault.query(`update provider_task set due_at = '2000-01-01' where connection_id = $1`, [connectionId]);
  }

  versions({ connectionId }: Connection): Promise<{ version: number; kept: boolean }[]> {
    return this.vault.query(
      'select version, ciphertext is not null as kept from credential where connection_id = $1 order by version',
      [connectionId],
    );
  }
}
