import {
  type askStaffAccess,
  identityProblems,
  type Input,
  kernelProblems,
  type StaffAccess,
  staffAccessOpened,
} from '@millrace/contracts';
import { addDuration, newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
import { staff } from './staff.table.js';
import { staffAccesses } from './staff-access.table.js';

type Access = Row<typeof staffAccesses>;

/** The most that a list shows. */
const MAX_LISTED = 200;

/**
 * Opens a customer's data to somebody of the staff ("break-glass"): a reason, the approval of others, an end, and the
 * customer sees all of it. How many people it takes, the asker included, and how long it lasts stands in the charter.
 */
export class StaffAccessDesk {
  constructor(private readonly runtime: Runtime) {}

  /** @throws Problem `kernel.not-found` for an organization that does not exist, or is closed */
  ask({ orgId, reason }: Input<typeof askStaffAccess>, call: Call): Promise<StaffAccess> {
    const { clock } = this.runtime;
    const { staffId } = call.staff;
    return call.act(async (tx, about) => {
      const asker = await tx.table(staff).findOneBy({ id: staffId });
      const row: Access = {
        ...{ id: newId(clock), orgId, staffId, staffName: asker?.name ?? null, reason, state: 'asked' },
        ...{ askedAt: clock.now(), approvedBy: [], openedAt: null, endsAt: null },
      };
      const open = await tx.query('select 1 from organization where id = $1 and closed_at is null', [orgId]);
      if (open.length === 0) throw new Problem(kernelProblems.notFound);
      await tx.table(staffAccesses).insert(row);
      about({ orgId, target: { kind: 'staff-access', id: row.id } });
      return this.shown(row);
    }, 'region');
  }

  /** @throws Problem `kernel.not-found`, `identity.access-not-open`, `identity.second-person` */
  approve(accessId: string, call: Call): Promise<StaffAccess> {
    const { breakGlass } = this.runtime.charter.document.staff;
    return this.decide(accessId, call, async (tx, found) => {
      const approvedBy = [...found.approvedBy, call.staff.staffId];
      if (approvedBy.length + 1 < breakGlass.approvals) return { ...found, approvedBy };
      const openedAt = this.runtime.clock.now();
      const endsAt = addDuration(openedAt, breakGlass.lasts);
      await tx.emit(staffAccessOpened, { orgId: found.orgId, accessId });
      return { ...found, approvedBy, state: 'open', openedAt, endsAt };
    });
  }

  /** @throws Problem as {@link approve} */
  refuse(accessId: string, call: Call): Promise<StaffAccess> {
    const endsAt = this.runtime.clock.now();
    return this.decide(accessId, call, (_tx, found) => ({ ...found, state: 'refused', endsAt }));
  }

  /** @throws Problem `kernel.not-found`, `identity.access-not-open` */
  end(accessId: string, call: Call): Promise<StaffAccess> {
    const now = this.runtime.clock.now();
    return this.change(accessId, call, (_tx, found) => {
      if (stateOf(found, now) !== 'open' && found.state !== 'asked') throw new Problem(identityProblems.accessNotOpen);
      return { ...found, state: 'ended', endsAt: now };
    });
  }

  all(call: Call): Promise<StaffAccess[]> {
    return call.tx((tx) => this.list(tx), 'region');
  }

  /** Those to the caller's organization. */
  ours(call: Call): Promise<StaffAccess[]> {
    return call.tx((tx) => this.list(tx));
  }

  private decide(
    accessId: string,
    call: Call,
    decision: (tx: Tx, found: Access) => Access | Promise<Access>,
  ): Promise<StaffAccess> {
    const { staffId } = call.staff;
    return this.change(accessId, call, (tx, found) => {
      if (found.state !== 'asked') throw new Problem(identityProblems.accessNotOpen);
      if (found.staffId === staffId || found.approvedBy.includes(staffId))
        throw new Problem(identityProblems.secondPerson);
      return decision(tx, found);
    });
  }

  /** Locks the access, so that two who decide at once come one after the other. */
  private change(
    accessId: string,
    call: Call,
    change: (tx: Tx, found: Access) => Access | Promise<Access>,
  ): Promise<StaffAccess> {
    return call.act(async (tx, about) => {
      await tx.query('select 1 from staff_access where id = $1 for update', [accessId]);
      const found = await tx.table(staffAccesses).findOneBy({ id: accessId });
      if (!found) throw new Problem(kernelProblems.notFound);
      const { id, ...changed } = await change(tx, found as Access);
      await tx.table(staffAccesses).update({ id }, changed);
      about({ orgId: found.orgId, target: { kind: 'staff-access', id } });
      return this.shown({ id, ...changed });
    }, 'region');
  }

  private async list(tx: Tx): Promise<StaffAccess[]> {
    const rows = await tx.table(staffAccesses).find({ order: { askedAt: 'desc', id: 'desc' }, take: MAX_LISTED });
    return (rows as Access[]).map((row) => this.shown(row));
  }

  private shown(row: Access): StaffAccess {
    const { id, orgId, staffName, reason, askedAt, openedAt, endsAt } = row;
    return {
      accessId: id,
      orgId,
      ...(staffName === null ? {} : { askedBy: staffName }),
      reason,
      state: stateOf(row, this.runtime.clock.now()),
      askedAt: askedAt.toISOString(),
      ...(openedAt ? { openedAt: openedAt.toISOString() } : {}),
      ...(endsAt ? { endsAt: endsAt.toISOString() } : {}),
    };
  }
}

/** An access whose time is over has ended, whether anybody wrote that down or not. */
export function stateOf({ state, endsAt }: Pick<Access, 'state' | 'endsAt'>, now: Date): Access['state'] {
  return state === 'open' && endsAt !== null && endsAt <= now ? 'ended' : state;
}
