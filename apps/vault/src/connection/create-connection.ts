import { type Connection, type createConnection, type Input, vaultProblems } from '@millrace/contracts';
import { newId, Problem, type Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { isUniqueViolation } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { credentials } from '../credential/credential.table.js';
import { FIRST_VERSION, sealCredential } from '../credential/sealed-credential.js';
import { assertOpen, isClosed } from '../organization/closed-organization.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { connections } from './connection.table.js';
import { shown } from './connection.queries.js';
import { checkTransport } from './transport-rule.js';

export type ConnectionDraft = Omit<Input<typeof createConnection>, 'credential'> & {
  readonly credential: { readonly username: string; readonly password: Secret };
};

/** Makes a connection; its credential is sealed before anything is written. */
export class CreateConnection {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: OrganizationKeys,
  ) {}

  /**
   * @throws Problem `vault.provider-refused` with the charter's own words, `vault.name-taken`, or `kernel.invalid-input`
   * for a host or an encryption that cannot be allowed
   */
  async execute(draft: ConnectionDraft, call: Call): Promise<Connection> {
    const { charter, clock, config } = this.runtime;
    const verdict = charter.connection(draft.provider, 'database-password');
    if (!verdict.allowed) throw new Problem(vaultProblems.providerRefused, { detail: verdict.reason });
    checkTransport(draft.config, config.egress.privateCidrs);
    const { orgId } = call.user;
    const id = newId(clock);
    const ciphertext = await sealCredential(
      this.keys,
      { orgId, connectionId: id, version: FIRST_VERSION },
      draft.credential,
    );
    try {
      return await this.write(id, draft, ciphertext, call);
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

  private write(
    id: string,
    { name, provider, config, credential }: ConnectionDraft,
    ciphertext: Buffer,
    call: Call,
  ): Promise<Connection> {
    const { clock } = this.runtime;
    const { orgId } = call.user;
    return call.act(async (tx, about) => {
      await assertOpen(tx, orgId);
      const createdAt = clock.now();
      const row = {
        id,
        orgId,
        name,
        nameKey: name,
        provider,
        config,
        account: credential.username,
        state: 'active' as const,
        createdAt,
        revokedAt: null,
      };
      await tx.table(connections).insert(row);
      await tx.table(credentials).insert({
        id: newId(clock),
        orgId,
        connectionId: id,
        ciphertext,
        version: FIRST_VERSION,
        createdAt,
        destroyedAt: null,
      });
      about({ target: { kind: 'connection', id }, details: { provider } });
      return shown(row);
    });
  }
}
