import { type AuthWay, type ConfigOf, type Connection, type Provider, vaultProblems } from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { isUniqueViolation, type Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { destroyCredential, insertCredential, isCurrent, newestVersion } from '../credential/credential.queries.js';
import { FIRST_VERSION, type Proofs, type SealedProofs, sealProofs } from '../credential/sealed-credential.js';
import { assertOpen, isClosed } from '../organization/closed-organization.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { renewFrom } from '../provider/task-claims.js';
import { type ConnectionRow, shown } from './connection.queries.js';
import { connections } from './connection.table.js';

/** A request without its credential, which is wrapped at once. */
export type ConnectionDraft = { [P in Provider]: { name: string; provider: P; config: ConfigOf<P> } }[Provider];

export interface NewConnection {
  readonly id: string;
  readonly draft: ConnectionDraft;
  readonly account: string;
  readonly auth: AuthWay;
  readonly scopes: readonly string[];
  readonly proofs: Proofs;
  /** When its token is to be renewed. */
  readonly renewAt?: Date;
}

/** Writes connections with their sealed credentials. Sealing happens before any transaction. */
export class ConnectionStore {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: OrganizationKeys,
  ) {}

  /** Makes a connection. @throws Problem `vault.name-taken` */
  async add(made: NewConnection, call: Call): Promise<Connection> {
    const { orgId } = call.user;
    const sealed = await sealProofs(this.keys, { orgId, connectionId: made.id, version: FIRST_VERSION }, made.proofs);
    return this.writing(call, made, false, (tx) => this.insert(tx, orgId, made, sealed));
  }

  /**
   * Makes a connection, or gives one that exists another grant of the same account.
   * @throws Problem `vault.name-taken`, `vault.other-account`, `vault.connection-revoked`
   */
  async put(made: NewConnection, call: Call): Promise<Connection> {
    const { orgId } = call.user;
    const former = await call.tx((tx) => tx.table(connections).findOneBy({ id: made.id }));
    if (!former) return this.add(made, call);
    if (former.account !== made.account) throw new Problem(vaultProblems.otherAccount);
    const version = await call.tx((tx) => newestVersion(tx, made.id));
    const identity = { orgId, connectionId: made.id, version: version + 1 };
    const sealed = await sealProofs(this.keys, identity, made.proofs);
    return this.writing(call, made, true, (tx) => this.replace(tx, former, made, sealed));
  }

  private async writing(
    call: Call,
    { id, draft }: NewConnection,
    again: boolean,
    write: (tx: Tx) => Promise<ConnectionRow>,
  ): Promise<Connection> {
    const { orgId } = call.user;
    try {
      return await call.act(async (tx, about) => {
        await assertOpen(tx, orgId);
        const row = await write(tx);
        about({ target: { kind: 'connection', id }, details: { provider: draft.provider, again } });
        return shown(row);
      });
    } catch (error) {
      if (isUniqueViolation(error))
        throw new Problem(vaultProblems.nameTaken, {
          errors: [{ path: '/name', message: 'is the name of another active connection' }],
        });
      // Sealing made a key for an organization that was closed meanwhile: nothing may lie under it.
      if (isClosed(error)) await this.keys.destroy(orgId);
      throw error;
    }
  }

  private async insert(tx: Tx, orgId: string, made: NewConnection, sealed: SealedProofs): Promise<ConnectionRow> {
    const { clock } = this.runtime;
    const { id, draft, account, auth, scopes, renewAt } = made;
    const { name, provider, config } = draft;
    const createdAt = clock.now();
    const state = { state: 'active', health: 'working', createdAt, revokedAt: null, atProvider: null } as const;
    const row = { id, orgId, name, nameKey: name, provider, config, account, auth, scopes: [...scopes], ...state };
    await tx.table(connections).insert(row);
    await insertCredential(tx, { id: newId(clock), orgId, connectionId: id, createdAt, ...sealed });
    await renewFrom(tx, { orgId, connectionId: id }, renewAt);
    return row;
  }

  private async replace(
    tx: Tx,
    former: ConnectionRow,
    { id, scopes, renewAt }: NewConnection,
    sealed: SealedProofs,
  ): Promise<ConnectionRow> {
    const { orgId } = former;
    if (!(await isCurrent(tx, id, sealed.version - 1))) throw new Problem(vaultProblems.connectionRevoked);
    const createdAt = this.runtime.clock.now();
    await destroyCredential(tx, id, createdAt);
    await insertCredential(tx, { id: newId(this.runtime.clock), orgId, connectionId: id, createdAt, ...sealed });
    await renewFrom(tx, { orgId, connectionId: id }, renewAt);
    const healed = { health: 'working' as const, scopes: [...scopes] };
    await tx.table(connections).update({ id }, healed);
    return { ...former, ...healed };
  }
}
