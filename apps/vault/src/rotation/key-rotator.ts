import { isCryptoError, parseEnvelopeHeader } from '@millrace/crypto';
import { RelayLoop } from '@millrace/messaging';
import { type Database, type Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
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
      // The organization was closed, and its key with it.
      if (!isCryptoError(error, 'key-not-found')) throw error;
      await this.region((tx) => tx.table(keyRotations).delete({ id: rotation.id }));
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
    const read = await this.region((tx) => readEnvelopes(tx, field, { orgId, after, limit: BATCH }));
    const { currentVersion } = await this.keys.describe(orgId);
    const old = read.filter(({ envelope }) => versionOf(envelope) !== currentVersion);
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
      if (!isCryptoError(error) || isCryptoError(error, 'key-not-found')) throw error;
      return null;
    }
  }

  private async endPass(rotation: Rotation): Promise<void> {
    const { orgId, unreadable } = rotation;
    const settled = rotation.rotatedAt!.getTime() + SETTLE_MS;
    if (rotation.foundInPass > 0 || rotation.passFrom.getTime() < settled) {
      const passFrom = new Date(Math.max(settled, this.runtime.clock.now().getTime()));
      await this.region((tx) =>
        this.save(tx, rotation, { field: 0, after: null, foundInPass: 0, unreadable: 0, passFrom }),
      );
      return;
    }
    const { currentVersion } = await this.keys.describe(orgId);
    if (unreadable === 0) await this.keys.retireBelow(orgId, currentVersion);
    await this.region(async (tx) => {
      const state = unreadable === 0 ? 'finished' : 'incomplete';
      if (!(await this.save(tx, rotation, { state, endedAt: this.runtime.clock.now() }))) return;
      const details = { keyVersion: currentVersion, rewrapped: rotation.rewrapped, unreadable };
      const target = { kind: 'organization', id: orgId };
      const outcome = unreadable === 0 ? 'success' : 'failure';
      await tx.audit({ event: 'organization-key.rotated', orgId, target, outcome, details });
    });
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

/** Undefined for bytes that are no envelope: the re-wrapping then counts them as unreadable. */
function versionOf(envelope: Buffer): number | undefined {
  try {
    return parseEnvelopeHeader(envelope).keyVersion;
  } catch {
    return undefined;
  }
}
