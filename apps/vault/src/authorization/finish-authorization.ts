import {
  type ConfigOf,
  type Connection,
  factsOf,
  type finishAuthorization,
  type Identified,
  type Input,
  type Provider,
  vaultProblems,
} from '@millrace/contracts';
import { hashOpaqueToken } from '@millrace/crypto';
import { Problem, Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
import { type ConnectionDraft, type ConnectionStore } from '../connection/store-connection.js';
import { proofsOfGrant, renewalDue, scopesAgree } from '../grant/proofs-of-grant.js';
import { envelopeContext } from '../organization/envelope-context.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { type GrantAnswer, type OAuthClient, type OAuthClients } from '../provider/oauth-client.js';
import { ProviderError } from '../provider/provider-error.js';
import { authorizations } from './authorization.table.js';

type Authorization = Row<typeof authorizations>;
type Account = Identified<ConfigOf<Provider>>;

/** Takes what a provider answered: exchanges the code, looks at what was granted, and makes the connection. */
export class FinishAuthorization {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: OrganizationKeys,
    private readonly clients: OAuthClients,
    private readonly store: ConnectionStore,
  ) {}

  /**
   * Each refusal is in the ledger with its code. A grant that is not kept is given back to the provider at once.
   * @throws Problem as `finishAuthorization` declares
   */
  async execute({ provider, answer }: Input<typeof finishAuthorization>, call: Call): Promise<Connection> {
    const parameters = new URLSearchParams(answer);
    const state = parameters.get('state') ?? '';
    const authorization = await this.take(state, provider, call);
    try {
      return await this.finish(authorization, parameters, state, call);
    } catch (error) {
      const problem = problemOfFinishing(error);
      await this.reportRefusal(authorization, problem.code, call);
      throw problem;
    }
  }

  /** Recognises the answer. It is used up with this, whatever comes of it: no code is tried twice. */
  private async take(state: string, provider: string, call: Call): Promise<Authorization> {
    const { clock } = this.runtime;
    const taken = await call.tx(async (tx) => {
      const stateHash = Buffer.from(hashOpaqueToken(state), 'hex');
      const found = await tx.table(authorizations).findOneBy({ stateHash });
      if (!found || !isFor(found, provider, call) || found.expiresAt <= clock.now()) return undefined;
      return (await useUp(tx, found.id, clock.now())) ? found : undefined;
    });
    if (taken) return taken;
    await call.tx((tx) =>
      tx.audit({
        event: 'connection.authorization-refused',
        outcome: 'failure',
        details: { reason: vaultProblems.authorizationUnknown.code, provider },
      }),
    );
    throw new Problem(vaultProblems.authorizationUnknown);
  }

  private async finish(
    authorization: Authorization,
    answer: URLSearchParams,
    state: string,
    call: Call,
  ): Promise<Connection> {
    const { provider, config, connectionId } = authorization;
    const client = await this.clients.for(provider, config, connectionId);
    const grant = await client.exchange(answer, state, await this.verifierOf(authorization));
    try {
      if (!scopesAgree(grant.scopes, client.scopes)) throw new Problem(vaultProblems.scopeRefused);
      const account = chosen(await client.identify(grant), config);
      return await this.keep(authorization, grant, account, client.scopes, call);
    } catch (error) {
      await this.giveBack(client, grant);
      throw error;
    }
  }

  private async keep(
    authorization: Authorization,
    grant: GrantAnswer,
    { account, config: learnt }: Account,
    scopes: readonly string[],
    call: Call,
  ): Promise<Connection> {
    const { connectionId, name, provider, config } = authorization;
    const { auth } = factsOf(provider).oauth!;
    const now = this.runtime.clock.now();
    const draft = { name, provider, config: { ...config, ...learnt } } as ConnectionDraft;
    const renewAt = grant.livesMs === undefined ? undefined : renewalDue(now, grant.livesMs);
    const made = { id: connectionId, draft, account, auth, scopes, proofs: proofsOfGrant(grant, now), renewAt };
    return this.store.put(made, call);
  }

  private async verifierOf({ orgId, id, verifier }: Authorization): Promise<Secret> {
    const opened = await this.keys.open(orgId, envelopeContext(authorizations, 'verifier', { orgId, id }), verifier);
    return new Secret(opened.toString('utf8'));
  }

  private async giveBack(client: OAuthClient, { refreshToken, accessToken }: GrantAnswer): Promise<void> {
    if (!client.revokes) return;
    await client.revoke(refreshToken ?? accessToken).catch((error: unknown) => {
      this.runtime.log.warn('a grant that was not kept could not be given back', {}, error);
    });
  }

  private reportRefusal({ connectionId, provider }: Authorization, reason: string, call: Call): Promise<unknown> {
    const target = { kind: 'connection', id: connectionId };
    return call.tx((tx) =>
      tx.audit({
        event: 'connection.authorization-refused',
        outcome: 'failure',
        target,
        details: { reason, provider },
      }),
    );
  }
}

/** The tenant scope has already seen to the organization. */
function isFor({ sessionId, userId, provider }: Authorization, answered: string, { user }: Call): boolean {
  return sessionId === user.sessionId && userId === user.userId && provider === answered;
}

/** Of several answers at once, one. */
async function useUp(tx: Tx, id: string, now: Date): Promise<boolean> {
  const used = await tx.query(
    'update authorization_request set used_at = $2 where id = $1 and used_at is null returning 1',
    [id, now],
  );
  return used.length === 1;
}

/**
 * The account that is meant: the one that agrees with every setting that the person gave.
 * @throws Problem `vault.other-account` when none does, or several do
 */
function chosen(accounts: readonly Account[], config: ConfigOf<Provider>): Account {
  const given = Object.entries(config);
  const meant = accounts.filter(({ config: learnt = {} }) =>
    given.every(([name, value]) => !(name in learnt) || learnt[name as keyof typeof learnt] === value),
  );
  if (meant.length === 1 && meant[0]!.account !== '') return meant[0]!;
  const named = accounts.map(({ account }) => account).filter(Boolean);
  if (accounts.length === 1 && named.length === 0) throw new ProviderError('unusable');
  throw new Problem(vaultProblems.otherAccount, {
    detail: meant.length > 1 ? `It reaches ${named.join(', ')}: say in the settings which is meant.` : undefined,
  });
}

function problemOfFinishing(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof ProviderError)) throw error;
  const { providerUnreachable, authorizationFailed } = vaultProblems;
  return new Problem(error.fault === 'unreachable' ? providerUnreachable : authorizationFailed, { cause: error });
}
