import { vaultProblems } from '@millrace/contracts';
import { isCryptoError } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import { RelayLoop } from '@millrace/messaging';
import { type Database, type Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
import { customerKeyOf, type CustomerKeys } from '../customer-key/customer-keys.js';
import { type OrganizationKeys } from '../organization/organization-keys.js';
import { keyRotations } from './key-rotation.table.js';
import { countEnvelopes, fields, readEnvelopes, replaceEnvelopes, type StoredEnvelope } from './stored-envelopes.js';

type Rotation = Row<typeof keyRotations>;

/** Envelopes wrapped anew between two transactions: a few hundred kilobytes. */
const BATCH = 500;
/**
 * A call that began before the new version may still store an envelope under the old one. Calls end after 5 s; older
 * versions are retired only after a pass that began this long after the rotation and met nothing old.
 */
export const SETTLE_MS = 10_000;
/** How long a rotation waits for a customer's engine that is away or refuses; those of others go on meanwhile. */
const CUSTOMER_PAUSE_MS = 30_000;
const CUSTOMERS: readonly string[] = [vaultProblems.customerKeyAway.code, vaultProblems.customerKeyRefused.code];

/**
 * Carries rotations out, one organization after another and one batch after another, while leases go on. Where it is
 * stands in {@link keyRotations} with every batch, and each step may be done twice, so a crash loses nothing.
 */
export class KeyRotator {
  private readonly loop: RelayLoop;

  constructor(
    private readonly runtime: Pick<Runtime, 'clock' | 'log'>,
    private readonly database: Database,
    private readonly keys: OrganizationKeys,
    private readonly customers: Pick<CustomerKeys, 'works'>,
  ) {
    this.loop = new RelayLoop(
      () => this.pass(),
      () => runtime.log.error('the rotation of keys does not get on'),
    );
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  /** Begins at once rather than at the next look. */
  wake(): void {
    this.loop.wake();
  }

  /** Does one step of the rotation that has waited longest; answers whether there is more to do now. */
  async pass(): Promise<boolean> {
    const rotation = await this.region((tx) => firstDue(tx, this.runtime.clock.now()));
    if (!rotation) return false;
    try {
      await this.step(rotation);
    } catch (error) {
      if (error instanceof Problem && CUSTOMERS.includes(error.code))
        await this.beginPass(rotation, this.runtime.clock.now().getTime() + CUSTOMER_PAUSE_MS);
      // The organization was closed, and its key with it.
      else if (isCryptoError(error, 'key-not-found'))
        await this.region((tx) => tx.table(keyRotations).delete({ id: rotation.id }));
      else throw error;
    }
    return true;
  }

  private step(rotation: Rotation): Promise<void> {
    if (rotation.state === 'requested') return this.begin(rotation);
    if (rotation.field < fields.length) return this.rewrap(rotation);
    return this.endPass(rotation);
  }

  private async begin(rotation: Rotation): Promise<void> {
    const { orgId, fromVersion } = rotation;
    const { currentVersion } = await this.keys.describe(orgId);
    if (currentVersion === fromVersion) await this.keys.rotate(orgId);
    await this.region(async (tx) => {
      const now = this.runtime.clock.now();
      const envelopes = await countEnvelopes(tx, orgId);
      await this.save(tx, rotation, { state: 're-wrapping', rotatedAt: now, passFrom: now, envelopes });
    });
  }

  private async rewrap(rotation: Rotation): Promise<void> {
    const { orgId, after } = rotation;
    const field = fields[rotation.field]!;
    const { read, isShared } = await this.region(async (tx) => ({
      read: await readEnvelopes(tx, field, { orgId, after, limit: BATCH }),
      isShared: (await customerKeyOf(tx, orgId))?.isJoined ?? false,
    }));
    const { currentVersion } = await this.keys.describe(orgId);
    const old = read.filter(
      ({ envelope, context }) => !this.keys.isCurrent(envelope, context, currentVersion, isShared),
    );
    const rewrapped = (await Promise.all(old.map((one) => this.rewrapOne(orgId, one)))).filter((one) => one !== null);
    const ended = read.length < BATCH;
    await this.region(async (tx) => {
      if (rewrapped.length > 0) await replaceEnvelopes(tx, field, rewrapped);
      await this.save(tx, rotation, {
        field: ended ? rotation.field + 1 : rotation.field,
        after: ended ? null : read.at(-1)!.id,
        foundInPass: rotation.foundInPass + rewrapped.length,
        rewrapped: rotation.rewrapped + rewrapped.length,
        unreadable: rotation.unreadable + old.length - rewrapped.length,
      });
    });
  }

  /** Null for an envelope that cannot be read; it keeps the older versions in use. */
  private async rewrapOne(orgId: string, { id, envelope, context }: StoredEnvelope) {
    try {
      return { id, before: envelope, after: await this.keys.rewrap(orgId, context, envelope) };
    } catch (error) {
      const isOfCustomer = error instanceof Problem && error.code === vaultProblems.customerKeyRefused.code;
      // An engine that works and refuses this one has retired the version of its key.
      if (isOfCustomer && (await this.customers.works(orgId))) return null;
      if (!isCryptoError(error) || isCryptoError(error, 'key-not-found')) throw error;
      return null;
    }
  }

  private async endPass(rotation: Rotation): Promise<void> {
    const { orgId, unreadable } = rotation;
    const settled = rotation.rotatedAt!.getTime() + SETTLE_MS;
    if (rotation.foundInPass > 0 || rotation.passFrom.getTime() < settled)
      return this.beginPass(rotation, Math.max(settled, this.runtime.clock.now().getTime()));
    const { currentVersion } = await this.keys.describe(orgId);
    if (unreadable === 0) await this.keys.retireBelow(orgId, currentVersion);
    await this.region(async (tx) => {
      const state = unreadable === 0 ? 'finished' : 'incomplete';
      if (!(await this.save(tx, rotation, { state, endedAt: this.runtime.clock.now() }))) return;
      // Nothing needs the customer's part any more, if this is the rotation that began when they asked for that.
      if (unreadable === 0)
        await tx.query('delete from customer_key where rotation_id = $1 and org_id = $2 and not is_joined', [
          rotation.rotationId,
          orgId,
        ]);
      const details = { keyVersion: currentVersion, rewrapped: rotation.rewrapped, unreadable };
      const target = { kind: 'organization', id: orgId };
      const outcome = unreadable === 0 ? 'success' : 'failure';
      await tx.audit({ event: 'organization-key.rotated', orgId, target, outcome, details });
    });
  }

  private async beginPass(rotation: Rotation, from: number): Promise<void> {
    const anew = { field: 0, after: null, foundInPass: 0, unreadable: 0, passFrom: new Date(from) };
    await this.region((tx) => this.save(tx, rotation, anew));
  }

  /** Answers no when another vault process was faster: only who still finds the rotation where it was may move it on. */
  private async save(tx: Tx, { id, step }: Rotation, changes: Partial<Rotation>): Promise<boolean> {
    const { affected } = await tx.table(keyRotations).update({ id, step }, { ...changes, step: step + 1 });
    return affected === 1;
  }

  private region<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.region({ kind: 'service' }, work);
  }
}

async function firstDue(tx: Tx, now: Date): Promise<Rotation | null> {
  const [due] = await tx.query<{ id: string }>(
    `select id from key_rotation where state in ('requested', 're-wrapping') and pass_from <= $1 order by pass_from, id limit 1`,
    [now],
  );
  return due ? tx.table(keyRotations).findOneBy({ id: due.id }) : null;
}
