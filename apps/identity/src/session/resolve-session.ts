import type { Input, Output, resolveSession } from '@millrace/contracts';
import { addDuration } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { type Runtime } from '@millrace/service';
import { memberships } from '../organization/organization.table.js';
import { sessions } from './session.table.js';

/** `lastSeenAt` is written at most this often; the idle end is exact to this many seconds. */
const SEEN_GRAIN_SECONDS = 60;

/** Finds who a session belongs to, unless it has ended, idled out or lost its membership. */
export class ResolveSession {
  constructor(private readonly runtime: Runtime) {}

  async execute({ tokenHash }: Input<typeof resolveSession>, call: Call): Promise<Output<typeof resolveSession>> {
    const { clock, charter } = this.runtime;
    const now = clock.now();
    const idleSince = addDuration(now, charter.document.sessions.idle, -1);
    const key = Buffer.from(tokenHash, 'hex');
    const found = await call.tx((tx) => tx.table(sessions).findOneBy({ tokenHash: key }), { key });
    if (!found || found.expiresAt <= now || found.lastSeenAt <= idleSince) return {};
    const { id, userId, orgId, lastSeenAt } = found;
    const roles = await call.tx(
      async (tx) => {
        if (now.getTime() - lastSeenAt.getTime() > SEEN_GRAIN_SECONDS * 1000) {
          await tx.table(sessions).update({ id }, { lastSeenAt: now });
        }
        return (await tx.table(memberships).findBy({ userId, orgId })).map((one) => one.role);
      },
      { orgId, subject: userId },
    );
    return roles.length ? { session: { sessionId: id, userId, orgId, roles } } : {};
  }
}
