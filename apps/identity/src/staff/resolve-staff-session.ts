import type { Output, resolveSession } from '@millrace/contracts';
import { addDuration } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { staff, staffSessions } from './staff.table.js';

/** The access by which a customer is open to one of the staff now. */
async function openAccess(tx: Tx, staffId: string, orgId: string, now: Date) {
  const [found] = await tx.query<{ accessId: string }>(
    `select id as "accessId" from staff_access
      where staff_id = $1 and org_id = $2 and state = 'open' and ends_at > $3 order by ends_at desc limit 1`,
    [staffId, orgId, now],
  );
  return found && { ...found, orgId };
}

/** `lastSeenAt` is written at most this often; the idle end is exact to this many milliseconds. */
const SEEN_GRAIN_MS = 60_000;

/** Finds whose of the staff a session is, unless it has ended or idled out. */
export class ResolveStaffSession {
  constructor(private readonly runtime: Runtime) {}

  /** @param orgId the customer whose data they ask for, if any */
  async execute(key: Buffer, orgId: string | undefined, call: Call): Promise<Output<typeof resolveSession>['staff']> {
    const { clock, charter } = this.runtime;
    if (!charter.isOn('staff-sso')) return undefined;
    const now = clock.now();
    const found = await call.tx((tx) => tx.table(staffSessions).findOneBy({ tokenHash: key }), { key });
    const idleSince = addDuration(now, charter.document.sessions.idle, -1);
    if (!found || found.expiresAt <= now || found.lastSeenAt <= idleSince) return undefined;
    const { id: sessionId, staffId, createdAt, lastSeenAt } = found;
    return call.tx(
      async (tx) => {
        if (now.getTime() - lastSeenAt.getTime() > SEEN_GRAIN_MS)
          await tx.table(staffSessions).update({ id: sessionId }, { lastSeenAt: now });
        const person = await tx.table(staff).findOneBy({ id: staffId });
        if (!person || person.endedAt) return undefined;
        const access = orgId && (await openAccess(tx, staffId, orgId, now));
        const known = { sessionId, staffId, roles: person.roles, confirmedAt: createdAt.toISOString() };
        return access ? { ...known, access } : known;
      },
      { subject: staffId, ...(orgId ? { orgId } : {}) },
    );
  }
}
