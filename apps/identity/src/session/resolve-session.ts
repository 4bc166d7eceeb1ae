import type { Input, Output, resolveSession, Role } from '@millrace/contracts';
import { addDuration } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { type Runtime } from '@millrace/service';

/** `lastSeenAt` is written at most this often; the idle end is exact to this many seconds. */
const SEEN_GRAIN_SECONDS = 60;

interface Found {
  readonly id: string;
  readonly user_id: string;
  readonly org_id: string;
  readonly roles: Role[];
  readonly last_seen_at: Date;
}

/** Finds who a session belongs to, unless it has ended, idled out or lost its membership. */
export class ResolveSession {
  constructor(private readonly runtime: Runtime) {}

  async execute({ tokenHash }: Input<typeof resolveSession>, call: Call): Promise<Output<typeof resolveSession>> {
    const { clock, charter } = this.runtime;
    const now = clock.now();
    const idleSince = addDuration(now, charter.document.sessions.idle, -1);
    const found = await call.tx(async (tx) => {
      const [row] = await tx.query<Found>(
        `select s.id, s.user_id, s.org_id, s.last_seen_at, array_agg(m.role) as roles
         from session s join membership m on m.user_id = s.user_id and m.org_id = s.org_id
         where s.token_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3 group by s.id`,
        [Buffer.from(tokenHash, 'hex'), now, idleSince],
      );
      if (row && now.getTime() - row.last_seen_at.getTime() > SEEN_GRAIN_SECONDS * 1000) {
        await tx.query('update session set last_seen_at = $2 where id = $1', [row.id, now]);
      }
      return row;
    }, 'region');
    return found
      ? { session: { sessionId: found.id, userId: found.user_id, orgId: found.org_id, roles: found.roles } }
      : {};
  }
}
