import { identityProblems, securityAlerted, type SignedIn } from '@millrace/contracts';
import { newOpaqueToken, type PasswordHash } from '@millrace/crypto';
import { addDuration, newId, Problem } from '@millrace/kernel';
import type { About, Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { accounts } from '../account/account.table.js';
import { memberships } from '../organization/organization.table.js';
import { knownDevices, sessions } from './session.table.js';
import { type Account, lockAccount, refuseLocked } from '../password/passwords.js';

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
        const orgId = await this.organizationOf(tx, account);
        const renewed = password?.renewed;
        await tx.table(accounts).update(
          { id: userId },
          {
            failedSignIns: 0,
            failingSince: null,
            lockedUntil: null,
            lastOrgId: orgId,
            ...(renewed ? { passwordHash: renewed.hash, pepperVersion: renewed.pepperVersion } : {}),
          },
        );
        return this.open(tx, { userId, orgId, device }, about);
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

  /** Gives the caller's session a new token, as the person has just shown who they are; the old one is good for a moment only. */
  rotate(tx: Tx, call: Call): Promise<SignedIn> {
    return this.renew(tx, call, call.user.orgId, true);
  }

  /** Takes the caller's session to another organization, under a new token. Whether they belong to it is not asked here. */
  async enter(tx: Tx, call: Call, orgId: string): Promise<SignedIn> {
    await tx.table(accounts).update({ id: call.user.userId }, { lastOrgId: orgId, endedAt: null });
    return this.renew(tx, call, orgId, false);
  }

  private async renew(tx: Tx, call: Call, orgId: string, isConfirmed: boolean): Promise<SignedIn> {
    const { userId, sessionId } = call.user;
    const { token, hash } = newOpaqueToken();
    const now = this.runtime.clock.now();
    const [row] = await tx.query<{ expiresAt: Date }>(
      `update session set replaced_token_hash = token_hash, token_hash = $2, rotated_at = $3, org_id = $4,
         confirmed_at = case when $5 then $3 else confirmed_at end
       where id = $1 returning expires_at as "expiresAt"`,
      [sessionId, Buffer.from(hash, 'hex'), now, orgId, isConfirmed],
    );
    if (!row) throw new Problem(identityProblems.wrongCredentials);
    return { userId, orgId, session: { token: token.reveal(), expiresAt: row.expiresAt.toISOString() } };
  }

  /** The organization of the last session, else the oldest; the person's own id for somebody who belongs to none. */
  private async organizationOf(tx: Tx, { id, lastOrgId }: Account): Promise<string> {
    const mine = await tx
      .table(memberships)
      .createQueryBuilder('one')
      .where('one.userId = :id and one.endedAt is null', { id })
      .orderBy('one.createdAt')
      .getMany();
    return (mine.find((one) => one.orgId === lastOrgId) ?? mine[0])?.orgId ?? id;
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
