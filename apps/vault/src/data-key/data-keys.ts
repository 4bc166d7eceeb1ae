import { randomBytes } from 'node:crypto';
import { newId } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { assertOpen, isClosed } from '../organization/closed-organization.js';
import { envelopeContext } from '../organization/envelope-context.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { type DataKeyPurpose, dataKeys } from './data-key.table.js';

const KEY_BYTES = 32;

export interface OpenedDataKey {
  readonly keyId: string;
  /** 32 bytes; whoever asked wipes them. */
  readonly key: Buffer;
}

export interface WrappedDataKey {
  readonly id: string;
  readonly wrapped: Buffer;
}

/** The data keys of organizations, made on first use. Nothing is cached: a destroyed key is gone at once. */
export class DataKeys {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: OrganizationKeys,
  ) {}

  async open(orgId: string, purpose: DataKeyPurpose, call: Call): Promise<OpenedDataKey> {
    const found = await call.tx((tx) => this.find(tx, orgId, purpose), { orgId });
    return this.openFound(found, orgId, purpose, call);
  }

  /** Opens what {@link find} answered, or makes the key where it answered none. */
  async openFound(
    found: WrappedDataKey | null,
    orgId: string,
    purpose: DataKeyPurpose,
    call: Call,
  ): Promise<OpenedDataKey> {
    const { id, wrapped } = found ?? (await this.make(orgId, purpose, call));
    return { keyId: id, key: await this.keys.open(orgId, contextOf(orgId, purpose, id), wrapped) };
  }

  /** The key as it is stored, for a caller that has a transaction open anyway. */
  find(tx: Tx, orgId: string, purpose: DataKeyPurpose): Promise<WrappedDataKey | null> {
    return tx.table(dataKeys).findOneBy({ orgId, purpose });
  }

  /** Of several calls that make the key at once, all get the one that was written first. */
  private async make(orgId: string, purpose: DataKeyPurpose, call: Call): Promise<WrappedDataKey> {
    const { clock } = this.runtime;
    const id = newId(clock);
    const key = randomBytes(KEY_BYTES);
    const wrapped = await this.keys.seal(orgId, contextOf(orgId, purpose, id), key).finally(() => key.fill(0));
    try {
      return await call.tx(
        async (tx) => {
          await assertOpen(tx, orgId);
          await tx.query(
            'insert into data_key (id, org_id, purpose, wrapped, created_at) values ($1, $2, $3, $4, $5) on conflict (org_id, purpose) do nothing',
            [id, orgId, purpose, wrapped, clock.now()],
          );
          return (await this.find(tx, orgId, purpose))!;
        },
        { orgId },
      );
    } catch (error) {
      if (isClosed(error)) await this.keys.destroy(orgId);
      throw error;
    }
  }
}

const contextOf = (orgId: string, purpose: DataKeyPurpose, id: string) =>
  envelopeContext(dataKeys, 'wrapped', { orgId, purpose, id });
