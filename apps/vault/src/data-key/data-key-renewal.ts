import {
  DATA_KEY_SETTLE_SECONDS,
  type Input,
  kernelProblems,
  MAX_DATA_KEY_VERSIONS,
  type Output,
  type renewDataKey,
  resealState,
  type retireDataKey,
  vaultProblems,
} from '@millrace/contracts';
import { delay, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { isUniqueViolation, type Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { assertOpen } from '../organization/closed-organization.js';
import { dataKeys } from './data-key.table.js';
import { type DataKeys, versionsOf } from './data-keys.js';

/** A call of sync that read a value under the older key may store a copy of it; calls end after 5 s. */
const STRAGGLERS_MS = 7_000;
/** Two are enough unless a call stored a copy in between. */
const MAX_PASSES = 4;

/** Replaces data keys of organizations, one version at a time, while what lies under the older one is in use. */
export class DataKeyRenewal {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: DataKeys,
  ) {}

  /** @throws Problem `kernel.not-found` for an organization without such a key, `vault.data-key-needed` */
  async renew({ orgId, purpose }: Input<typeof renewDataKey>, call: Call): Promise<Output<typeof renewDataKey>> {
    if ((await this.versions(orgId, purpose, call)).length === 0) throw new Problem(kernelProblems.notFound);
    const fresh = await this.keys.seal(orgId, purpose);
    const write = async (tx: Tx) => {
      await assertOpen(tx, orgId);
      const versions = await versionsOf(tx, orgId, purpose);
      if (versions.length >= MAX_DATA_KEY_VERSIONS) throw new Problem(vaultProblems.dataKeyNeeded);
      const version = versions[0]!.version + 1;
      await tx.table(dataKeys).insert({ ...fresh, orgId, purpose, version, createdAt: this.runtime.clock.now() });
      return version;
    };
    return call
      .act(
        async (tx, about) => {
          const version = await write(tx);
          about({ orgId, target: { kind: 'data-key', id: fresh.id }, details: { purpose, version } });
          return { keyId: fresh.id };
        },
        { orgId },
      )
      .catch((cause: unknown) => {
        // Somebody else renewed it at the same moment.
        throw isUniqueViolation(cause) ? new Problem(vaultProblems.dataKeyNeeded, { cause }) : cause;
      });
  }

  /** @throws Problem `vault.data-key-needed` while something may lie under the older key */
  async retire({ orgId, purpose }: Input<typeof retireDataKey>, call: Call): Promise<Output<typeof retireDataKey>> {
    const [newest, ...older] = await this.versions(orgId, purpose, call);
    if (!newest) throw new Problem(kernelProblems.notFound);
    const { resealed } = older.length > 0 ? await this.reseal(orgId, newest.createdAt, call) : { resealed: 0 };
    return call.act(async (tx, about) => {
      const gone = await tx.query<{ id: string }>(
        'delete from data_key where org_id = $1 and purpose = $2 and version < $3 returning id',
        [orgId, purpose, newest.version],
      );
      const details = { purpose, retired: gone.length, resealed };
      about({ orgId, target: { kind: 'data-key', id: newest.id }, details });
      return { retired: gone.length, resealed };
    }, 'region');
  }

  /** Only once nobody seals with the older key, and until a pass that began after the stragglers finds nothing under it. */
  private async reseal(orgId: string, renewedAt: Date, call: Call): Promise<{ resealed: number }> {
    const waitMs = renewedAt.getTime() + DATA_KEY_SETTLE_SECONDS * 1_000 - this.runtime.clock.now().getTime();
    if (waitMs > 0) throw new Problem(vaultProblems.dataKeyNeeded, { retryAfterSeconds: Math.ceil(waitMs / 1_000) });
    let resealed = 0;
    for (let pass = 1; ; pass++) {
      const found = await call.ask(resealState, { orgId });
      resealed += found.resealed;
      if (found.unreadable > 0) {
        const detail = `${found.unreadable} sealed positions cannot be read with any key; the older one stays.`;
        throw new Problem(vaultProblems.dataKeyNeeded, { detail });
      }
      if (pass > 1 && found.resealed === 0) return { resealed };
      if (pass === MAX_PASSES) throw new Problem(vaultProblems.dataKeyNeeded, { retryAfterSeconds: 1 });
      await delay(STRAGGLERS_MS);
    }
  }

  private versions(orgId: string, purpose: 'sync-state', call: Call) {
    return call.tx((tx) => versionsOf(tx, orgId, purpose), { orgId });
  }
}
