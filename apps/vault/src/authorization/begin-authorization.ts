import {
  AUTHORIZATION_MS,
  type AuthorizationRequest,
  type beginAuthorization,
  factsOf,
  type OAuthProvider,
  type Output,
  vaultProblems,
} from '@millrace/contracts';
import { newOpaqueToken } from '@millrace/crypto';
import { newId, Problem, Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { type Runtime } from '@millrace/service';
import { generateRandomCodeVerifier } from 'oauth4webapi';
import { findConnection } from '../connection/connection.queries.js';
import { refuseUnlessAllowed } from '../connection/create-connection.js';
import { isGrant } from '../grant/token-sources.js';
import { assertOpen } from '../organization/closed-organization.js';
import { envelopeContext } from '../organization/envelope-context.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { type OAuthClients } from '../provider/oauth-client.js';
import { authorizations } from './authorization.table.js';

type Begun = Output<typeof beginAuthorization>;

/** Sends people to providers. What comes back is recognised by a secret `state` that only their browser has. */
export class BeginAuthorization {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: OrganizationKeys,
    private readonly clients: OAuthClients,
  ) {}

  /** For a new connection. @throws Problem `vault.provider-refused`, `vault.provider-not-configured` */
  execute(request: AuthorizationRequest, call: Call): Promise<Begun> {
    return this.begin({ ...request, connectionId: newId(this.runtime.clock) }, call);
  }

  /** For a connection that is to be connected again. @throws Problem `vault.connection-revoked` besides */
  async again(connectionId: string, call: Call): Promise<Begun> {
    const connection = await call.tx((tx) => findConnection(tx, connectionId));
    if (connection.state === 'revoked') throw new Problem(vaultProblems.connectionRevoked);
    if (!isGrant(connection)) {
      throw new Problem(vaultProblems.providerRefused, {
        detail: 'This connection has a credential that somebody typed in, and nothing to allow at the provider.',
      });
    }
    const { name, provider, config } = connection;
    return this.begin({ name, provider, config, connectionId } as Parameters<BeginAuthorization['begin']>[0], call);
  }

  private async begin(request: AuthorizationRequest & { readonly connectionId: string }, call: Call): Promise<Begun> {
    const { name, provider, config, connectionId } = request;
    refuseUnlessAllowed(this.runtime, provider, factsOf(provider as OAuthProvider).oauth!.auth);
    const client = await this.clients.for(provider, config, connectionId);
    const { clock } = this.runtime;
    const { orgId, userId, sessionId } = call.user;
    const id = newId(clock);
    const state = newOpaqueToken();
    const verifier = new Secret(generateRandomCodeVerifier());
    const context = envelopeContext(authorizations, 'verifier', { orgId, id });
    const sealed = await this.keys.seal(orgId, context, Buffer.from(verifier.reveal()));
    const createdAt = clock.now();
    const expiresAt = new Date(createdAt.getTime() + AUTHORIZATION_MS);
    await call.act(async (tx, about) => {
      await assertOpen(tx, orgId);
      await tx.table(authorizations).insert({
        ...{ id, orgId, userId, sessionId, connectionId, name, provider, config },
        ...{ stateHash: Buffer.from(state.hash, 'hex'), verifier: sealed, createdAt, expiresAt, usedAt: null },
      });
      about({ target: { kind: 'connection', id: connectionId }, details: { provider } });
    });
    const url = await client.authorizationUrl(state.token.reveal(), verifier);
    return { authorizationId: id, url, expiresAt: expiresAt.toISOString() };
  }
}
