import { identityProblems, securityAlerted, type SignedIn } from '@millrace/contracts';
import { newOpaqueToken, type PasswordHash } from '@millrace/crypto';
import { addDuration, newId, Problem } from '@millrace/kernel';
import type { About, Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { accounts } from '../account/account.table.js';
import { memberships } from '../organization/organization.table.js';
import { knownDevices, sessions } from './session.table.js';
import { lockAccount, refuseLocked } from '../password/passwords.js';

/** What a browser or tool is called that does not say what it is. */
const UNNAMED_DEVICE = 'an unnamed tool';

export interface Proven {
  readonly userId: string;
  readonly device: string | undefined;
  /** Set when the proof was a password: the lockout counts for it, and its hash may want renewing. */
  readonly password?: { readonly renewed: PasswordHash | undefined };
  /** Done first in the same transaction, such as using up the mailed secret that was the proof. */
  readonly before?: (tx: Tx) => Promise<unknown>;
}

/** Starts and renews sessions. The one place that makes session tokens. */
export class SessionStarter {
  constructor(private readonly runtime: Runtime) {}

  /**
   * Starts a session for somebody who has shown who they are.
   * @throws Problem `identity.wrong-credentials` when the account is gone meanwhile, `identity.locked`
   */
  start({ userId, device, password, before }: Proven, call: Call): Promise<SignedIn> {
    return call.act(
      async (tx, about) => {
        await before?.(tx);
        const account = await lockAccount(tx, userId);
        if (!account) throw new Problem(identityProblems.wrongCredentials);
        if (password) refuseLocked(account, this.runtime.clock.now());
        const membership = await tx.table(memberships).findOneBy({ userId });
        if (!membership) throw new Problem(identityProblems.wrongCredentials);
        const renewed = password?.renewed;
        await tx.table(accounts).update(
          { id: userId },
          {
            failedSignIns: 0,
            failingSince: null,
            lockedUntil: null,
            ...(renewed ? { passwordHash: renewed.hash, pepperVersion: renewed.pepperVersion } : {}),
          },
        );
        return this.open(tx, { userId, orgId: membership.orgId, device }, about);
      },
      { subject: userId },
    );
  }

  /** Writes the session of somebody whose account stands. */
  async open(
    tx: Tx,
    { userId, orgId, device }: { readonly userId: string; readonly orgId: string; readonly device: string | undefined },
    about: About,
  ): Promise<SignedIn> {
    const { clock, charter } = this.runtime;
    const { token, hash } = newOpaqueToken();
    const [sessionId, now] = [newId(clock), clock.now()];
    const expiresAt = addDuration(now, charter.document.sessions.absolute);
    await tx.table(sessions).insert({
      id: sessionId,
      userId,
      orgId,
      tokenHash: Buffer.from(hash, 'hex'),
      device: device ?? null,
      createdAt: now,
      confirmedAt: now,
      lastSeenAt: now,
      expiresAt,
    });
    await this.noticeDevice(tx, { userId, orgId, device: device ?? UNNAMED_DEVICE, now });
    about({ orgId, target: { kind: 'session', id: sessionId }, personal: { userId } });
    return { userId, orgId, session: { token: token.reveal(), expiresAt: expiresAt.toISOString() } };
  }

  /** Gives the caller's session a new token; the old one is good for a moment only. The person has just shown who they are. */
  async rotate(tx: Tx, call: Call): Promise<SignedIn> {
    const { userId, orgId, sessionId } = call.user;
    const { token, hash } = newOpaqueToken();
    const now = this.runtime.clock.now();
    const [row] = await tx.query<{ expiresAt: Date }>(
      `update session set replaced_token_hash = token_hash, token_hash = $2, rotated_at = $3, confirmed_at = $3
       where id = $1 returning expires_at as "expiresAt"`,
      [sessionId, Buffer.from(hash, 'hex'), now],
    );
    if (!row) throw new Problem(identityProblems.wrongCredentials);
    return { userId, orgId, session: { token: token.reveal(), expiresAt: row.expiresAt.toISOString() } };
  }

  private async noticeDevice(
    tx: Tx,
    { userId, orgId, device, now }: { userId: string; orgId: string; device: string; now: Date },
  ): Promise<void> {
    const known = (await tx.table(knownDevices).findBy({ userId })).map((one) => one.device);
    await tx.query(
      `insert into known_device (user_id, device, last_seen_at) values ($1, $2, $3)
       on conflict (user_id, device) do update set last_seen_at = excluded.last_seen_at`,
      [userId, device, now],
    );
    if (known.length && !known.includes(device)) await tx.emit(securityAlerted, { orgId, userId, alert: 'new-device' });
  }
}
