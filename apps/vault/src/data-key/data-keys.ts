import { randomBytes } from 'node:crypto';
import { DATA_KEY_MEMORY_SECONDS } from '@millrace/contracts';
import { newId } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
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

export type WrappedDataKey = Pick<Row<typeof dataKeys>, 'id' | 'wrapped'>;

const FIRST_VERSION = 1;

/** The data keys of organizations, made on first use. Nothing is cached: a destroyed key is gone at once. */
export class DataKeys {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: OrganizationKeys,
  ) {}

  /** Every version, the one to seal with first; made where there is none. */
  async openAll(orgId: string, purpose: DataKeyPurpose, call: Call): Promise<OpenedDataKey[]> {
    const versions = await call.tx((tx) => versionsOf(tx, orgId, purpose), { orgId });
    const known = new Date(this.runtime.clock.now().getTime() - DATA_KEY_MEMORY_SECONDS * 1_000);
    const sealing = versions.find(({ createdAt }) => createdAt <= known) ?? versions.at(-1);
    const ordered = sealing ? [sealing, ...versions.filter((one) => one !== sealing)] : [null];
    return Promise.all(ordered.map((one) => this.openFound(one, orgId, purpose, call)));
  }

  /** Opens what its caller has read, or makes the key where there was none. */
  async openFound(
    found: WrappedDataKey | null,
    orgId: string,
    purpose: DataKeyPurpose,
    call: Call,
  ): Promise<OpenedDataKey> {
    const { id, wrapped } = found ?? (await this.make(orgId, purpose, call));
    return { keyId: id, key: await this.keys.open(orgId, contextOf(orgId, purpose, id), wrapped) };
  }

  /** A new key, sealed, to be written with its version. */
  async seal(orgId: string, purpose: DataKeyPurpose): Promise<WrappedDataKey> {
    const id = newId(this.runtime.clock);
    const key = randomBytes(KEY_BYTES);
    const wrapped = await this.keys.seal(orgId, contextOf(orgId, purpose, id), key).finally(() => key.fill(0));
    return { id, wrapped };
  }

  /** Of several calls that make the key at once, all get the one that was written first. */
  private async make(orgId: string, purpose: DataKeyPurpose, call: Call): Promise<WrappedDataKey> {
    const fresh = await this.seal(orgId, purpose);
    try {
      return await call.tx(
        async (tx) => {
          await assertOpen(tx, orgId);
          const { clock } = this.runtime;
          await tx.query(
            `insert into data_key (id, org_id, purpose, version, wrapped, created_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (org_id, purpose, version) do nothing`,
            [fresh.id, orgId, purpose, FIRST_VERSION, fresh.wrapped, clock.now()],
          );
          return (await versionsOf(tx, orgId, purpose)).at(-1)!;
        },
        { orgId },
      );
    } catch (error) {
      if (isClosed(error)) await this.keys.destroy(orgId);
      throw error;
    }
  }
}

/** The newest first. */
export function versionsOf(tx: Tx, orgId: string, purpose: DataKeyPurpose): Promise<Row<typeof dataKeys>[]> {
  return tx.table(dataKeys).find({ where: { orgId, purpose }, order: { version: 'desc' } });
}

const contextOf = (orgId: string, purpose: DataKeyPurpose, id: string) =>
  envelopeContext(dataKeys, 'wrapped', { orgId, purpose, id });
