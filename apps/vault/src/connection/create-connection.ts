import { type ConfigOf, type Connection, type Provider, providers, vaultProblems } from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { isUniqueViolation } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { credentials } from '../credential/credential.table.js';
import { FIRST_VERSION, type Proof, sealCredential } from '../credential/sealed-credential.js';
import { assertOpen, isClosed } from '../organization/closed-organization.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { connections } from './connection.table.js';
import { shown } from './connection.queries.js';
import { checkDirectory } from './directory-rule.js';
import { checkTransport } from './transport-rule.js';

/** A request without its credential, which is wrapped at once. */
export type ConnectionDraft = { [P in Provider]: { name: string; provider: P; config: ConfigOf<P> } }[Provider];

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
  async execute(draft: ConnectionDraft, proof: Proof, call: Call): Promise<Connection> {
    const { charter, clock, config } = this.runtime;
    const verdict = charter.connection(draft.provider, providers[draft.provider].auth);
    if (!verdict.allowed) throw new Problem(vaultProblems.providerRefused, { detail: verdict.reason });
    if (draft.provider === 'postgres') checkTransport(draft.config, config.egress.privateCidrs);
    else checkDirectory(draft.config, config.files.directories);
    const { orgId } = call.user;
    const id = newId(clock);
    const ciphertext = await sealCredential(this.keys, { orgId, connectionId: id, version: FIRST_VERSION }, proof);
    try {
      return await this.write({ id, draft, account: proof?.username ?? directoryOf(draft) }, ciphertext, call);
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
    { id, draft, account }: { id: string; draft: ConnectionDraft; account: string },
    ciphertext: Buffer,
    call: Call,
  ): Promise<Connection> {
    const { clock } = this.runtime;
    const { orgId } = call.user;
    const { name, provider, config } = draft;
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
        account,
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

/** Of files, the directory is what an account is elsewhere: what was opened to us. */
function directoryOf({ config }: ConnectionDraft): string {
  return 'directory' in config ? config.directory : '';
}
