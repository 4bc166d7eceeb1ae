import { type Input, type Output, type resolveSession, securityAlerted } from '@millrace/contracts';
import { addDuration } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
import { openMemberships } from '../organization/membership.queries.js';
import { meetsPolicy } from '../organization/policy-desk.js';
import { type ResolveStaffSession } from '../staff/resolve-staff-session.js';
import { isByProviderAlone, sessions } from './session.table.js';

/** `lastSeenAt` is written at most this often; the idle end is exact to this many seconds. */
const SEEN_GRAIN_SECONDS = 60;
/** A page's requests that were under way when the token was renewed still carry the old one. */
const ROTATION_GRACE_MS = 10_000;

/** Finds who a session belongs to, unless it has ended, idled out or lost its membership. */
export class ResolveSession {
  constructor(
    private readonly runtime: Runtime,
    private readonly ofStaff: ResolveStaffSession,
  ) {}

  async execute(
    { tokenHash, orgId: asked }: Input<typeof resolveSession>,
    call: Call,
  ): Promise<Output<typeof resolveSession>> {
    const { clock, charter } = this.runtime;
    const now = clock.now();
    const idleSince = addDuration(now, charter.document.sessions.idle, -1);
    const key = Buffer.from(tokenHash, 'hex');
    const found = await call.tx(
      (tx) => tx.table(sessions).findOne({ where: [{ tokenHash: key }, { replacedTokenHash: key }] }),
      { key },
    );
    if (!found) return { staff: await this.ofStaff.execute(key, asked, call) };
    if (found.expiresAt <= now || found.lastSeenAt <= idleSince) return {};
    if (!found.tokenHash.equals(key) && now.getTime() - found.rotatedAt!.getTime() > ROTATION_GRACE_MS) {
      await this.endReplayed(found, call);
      return {};
    }
    const { id, userId, orgId, lastSeenAt } = found;
    const roles = await call.tx(
      async (tx) => {
        if (now.getTime() - lastSeenAt.getTime() > SEEN_GRAIN_SECONDS * 1000) {
          await tx.table(sessions).update({ id }, { lastSeenAt: now });
        }
        const here = (await openMemberships(tx, userId)).filter((one) => one.orgId === orgId);
        return here.filter((one) => meetsPolicy(found, one, now)).map((one) => one.role);
      },
      { orgId, subject: userId },
    );
    // Somebody who belongs to no organization is in none, and has their own affairs only.
    if (!roles.length && orgId !== userId) return {};
    const provenBy = isByProviderAlone(found) ? ({ provenBy: 'organization' } as const) : {};
    return {
      session: { sessionId: id, userId, orgId, roles, confirmedAt: found.confirmedAt.toISOString(), ...provenBy },
    };
  }

  /** Two holders of one session: nobody can say which is the thief, so it ends for both. */
  private async endReplayed({ id, userId, orgId }: Row<typeof sessions>, call: Call): Promise<void> {
    await call.tx(
      async (tx) => {
        await tx.table(sessions).delete({ id });
        const target = { kind: 'session', id };
        await tx.audit({ event: 'session.replayed', outcome: 'failure', orgId, target, personal: { userId } });
        await tx.emit(securityAlerted, { orgId, userId, alert: 'session-replayed' });
      },
      { orgId, subject: userId },
    );
  }
}
