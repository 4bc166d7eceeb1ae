import { kernelProblems, type listSessions, type Output } from '@millrace/contracts';
import { addDuration, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
import { openMemberships } from '../organization/membership.queries.js';
import { meetsPolicy } from '../organization/policy-desk.js';
import { sessions } from './session.table.js';

/** The sessions of the person who asks: where they are signed in, and ending that. */
export class SessionDesk {
  constructor(private readonly runtime: Runtime) {}

  async list(call: Call): Promise<Output<typeof listSessions>> {
    const { userId, sessionId } = call.user;
    const { clock, charter } = this.runtime;
    const now = clock.now();
    const idleSince = addDuration(now, charter.document.sessions.idle, -1);
    const found = await call.tx((tx) =>
      tx
        .table(sessions)
        .createQueryBuilder('one')
        .where('one.userId = :userId and one.expiresAt > :now and one.lastSeenAt > :idleSince', {
          userId,
          now,
          idleSince,
        })
        .orderBy('one.lastSeenAt', 'DESC')
        .getMany(),
    );
    const standing = [];
    for (const one of found) if (await this.stands(one, now, call)) standing.push(one);
    return {
      sessions: standing.map(({ id, device, createdAt, lastSeenAt, expiresAt }) => ({
        sessionId: id,
        ...(device === null ? {} : { device }),
        startedAt: createdAt.toISOString(),
        lastSeenAt: lastSeenAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
        current: id === sessionId,
      })),
    };
  }

  /** Whether a session's organization is still one of the person's and lets the session live. */
  private async stands(session: Row<typeof sessions>, now: Date, call: Call): Promise<boolean> {
    const { orgId, userId } = session;
    if (orgId === userId) return true;
    const here = await call.tx((tx) => openMemberships(tx, userId), { orgId, subject: userId });
    return here.some((one) => one.orgId === orgId && meetsPolicy(session, one, now));
  }

  /** @throws Problem `kernel.not-found` for a session that is not the caller's, or has ended */
  async end(sessionId: string, call: Call): Promise<void> {
    const { userId } = call.user;
    await call.act(async (tx, about) => {
      const { affected } = await tx.table(sessions).delete({ id: sessionId, userId });
      if (!affected) throw new Problem(kernelProblems.notFound);
      about({ target: { kind: 'session', id: sessionId } });
    });
  }

  endOthers(call: Call): Promise<{ ended: number }> {
    const { userId, sessionId } = call.user;
    return call.act(async (tx, about) => {
      const ended = await endOtherSessions(tx, userId, sessionId);
      about({ target: { kind: 'session', id: sessionId }, details: { ended } });
      return { ended };
    });
  }
}

/** Signs a person out everywhere, but for one session if there is one to keep. Answers how many ended. */
export async function endOtherSessions(tx: Tx, userId: string, kept?: string): Promise<number> {
  const ended = await tx.query('delete from session where user_id = $1 and id is distinct from $2::uuid returning 1', [
    userId,
    kept ?? null,
  ]);
  return ended.length;
}
