import { identityProblems, kernelProblems, securityAlerted, type SignedIn } from '@millrace/contracts';
import { newOpaqueToken, type PasswordHash } from '@millrace/crypto';
import { addDuration, newId, Problem } from '@millrace/kernel';
import type { About, Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { accounts } from '../account/account.table.js';
import { openMemberships } from '../organization/membership.queries.js';
import { refusalOf } from '../organization/policy-desk.js';
import { memberships } from '../organization/organization.table.js';
import { forgetFailures, refuseLocked } from '../password/lockout.js';
import { lockAccount } from '../password/passwords.js';
import { isByProviderAlone, knownDevices, sessions } from './session.table.js';

/** What a browser or tool is called that does not say what it is. */
const UNNAMED_DEVICE = 'an unnamed tool';

export interface Proven {
  readonly userId: string;
  readonly device: string | undefined;
  /** Whether a second factor or a passkey was shown. */
  readonly isStrong: boolean;
  /** Set when the proof was a password: the lockout counts for it, and its hash may want renewing. */
  readonly password?: { readonly renewed: PasswordHash | undefined };
  /** Set when the proof was the word of this organization's provider: the session is there and nowhere else. */
  readonly providerOrgId?: string;
  /** Where their last session was, if whoever found the account knows; it spares a look. */
  readonly lastOrgId?: string | null;
  /** Done first in the same transaction, such as using up the mailed secret that was the proof. */
  readonly before?: (tx: Tx) => Promise<unknown>;
}

/** A session to write: whose, in which organization, from where. */
interface Opening {
  readonly userId: string;
  readonly orgId: string;
  readonly device: string | undefined;
  readonly isStrong?: boolean;
  readonly providerOrgId?: string;
}

/** Starts and renews sessions. The one place that makes session tokens. */
export class SessionStarter {
  constructor(private readonly runtime: Runtime) {}

  /**
   * Starts a session for somebody who has shown who they are.
   * @throws Problem `identity.wrong-credentials` when the account is gone meanwhile, `identity.frozen`, `identity.locked`
   */
  async start(proven: Proven, call: Call): Promise<SignedIn> {
    const { userId, device, isStrong, password, before, providerOrgId } = proven;
    const orgId = providerOrgId ?? (await this.organizationOf(proven, call));
    return call.act(
      async (tx, about) => {
        await before?.(tx);
        const account = await lockAccount(tx, userId);
        if (!account) throw new Problem(identityProblems.wrongCredentials);
        if (account.frozenAt) throw new Problem(identityProblems.frozen);
        if (password) await refuseLocked(tx, userId, this.runtime.clock.now());
        await forgetFailures(tx, userId);
        const renewed = password?.renewed;
        await tx.table(accounts).update(
          { id: userId },
          {
            lastOrgId: orgId,
            ...(renewed ? { passwordHash: renewed.hash, pepperVersion: renewed.pepperVersion } : {}),
          },
        );
        return this.open(tx, { userId, orgId, device, isStrong, providerOrgId }, about);
      },
      { subject: userId, ...(providerOrgId ? { orgId: providerOrgId } : {}) },
    );
  }

  /** Writes the session of somebody whose account stands. */
  async open(tx: Tx, opening: Opening, about: About): Promise<SignedIn> {
    const { userId, orgId, device, isStrong = false, providerOrgId = null } = opening;
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
      isStrong,
      providerOrgId,
      createdAt: now,
      confirmedAt: now,
      lastSeenAt: now,
      expiresAt,
    });
    await this.noticeDevice(tx, { userId, orgId, device: device ?? UNNAMED_DEVICE, now });
    about({ orgId, target: { kind: 'session', id: sessionId }, personal: { userId } });
    return { userId, orgId, session: { token: token.reveal(), expiresAt: expiresAt.toISOString() } };
  }

  /**
   * Gives the caller's session a new token, as the person has just shown who they are; the old one is good for a moment
   * only. A second factor that was shown makes the session strong from here on.
   */
  rotate(tx: Tx, call: Call, isStrong = false): Promise<SignedIn> {
    return this.renew(tx, call, { orgId: call.user.orgId, isConfirmed: true, isStrong });
  }

  /**
   * Takes the caller's session to another organization of theirs, under a new token.
   * @param isJoining they have just become a member: where their own proof does not open it, the session stays where it is
   * @throws Problem `kernel.not-found` where they do not belong, `identity.second-factor-required`,
   * `identity.provider-required`, `identity.provider-session`
   */
  async enter(tx: Tx, call: Call, orgId: string, { isJoining = false } = {}): Promise<SignedIn> {
    const { userId, sessionId } = call.user;
    const there = (await openMemberships(tx, userId)).find((one) => one.orgId === orgId);
    const session = await tx.table(sessions).findOneBy({ id: sessionId });
    if (!there || !session) throw new Problem(kernelProblems.notFound);
    if (isByProviderAlone(session) && session.providerOrgId !== orgId)
      throw new Problem(identityProblems.providerSession);
    const refusal = refusalOf(there, session);
    if (refusal === identityProblems.providerRequired && isJoining)
      return this.renew(tx, call, { orgId: session.orgId, isConfirmed: false, isStrong: false });
    if (refusal) throw new Problem(refusal);
    await tx.table(accounts).update({ id: call.user.userId }, { lastOrgId: orgId });
    return this.renew(tx, call, { orgId, isConfirmed: false, isStrong: false });
  }

  private async renew(
    tx: Tx,
    call: Call,
    { orgId, isConfirmed, isStrong }: { orgId: string; isConfirmed: boolean; isStrong: boolean },
  ): Promise<SignedIn> {
    const { userId, sessionId } = call.user;
    const { token, hash } = newOpaqueToken();
    const now = this.runtime.clock.now();
    const [row] = await tx.query<{ expiresAt: Date }>(
      `update session set replaced_token_hash = token_hash, token_hash = $2, rotated_at = $3, org_id = $4,
         confirmed_at = case when $5 then $3 else confirmed_at end, is_strong = is_strong or $6
       where id = $1 returning expires_at as "expiresAt"`,
      [sessionId, Buffer.from(hash, 'hex'), now, orgId, isConfirmed, isStrong],
    );
    if (!row) throw new Problem(identityProblems.wrongCredentials);
    return { userId, orgId, session: { token: token.reveal(), expiresAt: row.expiresAt.toISOString() } };
  }

  /**
   * Where a session begins: in the organization of the last one, else the oldest, of those that are open and let somebody
   * in who has shown this much; else in none, for which the person's own id stands.
   */
  private async organizationOf({ userId, isStrong, lastOrgId }: Proven, call: Call): Promise<string> {
    const admitted = (orgId: string) =>
      call.tx((tx) => this.admits(tx, { userId, orgId, isStrong }), { orgId, subject: userId });
    if (lastOrgId && lastOrgId !== userId && (await admitted(lastOrgId))) return lastOrgId;
    const { mine, last } = await call.tx(
      async (tx) => ({
        mine: await tx.table(memberships).find({ where: { userId }, order: { createdAt: 'asc' } }),
        last: (await tx.table(accounts).findOneBy({ id: userId }))?.lastOrgId,
      }),
      { subject: userId },
    );
    const ids = mine.map((one) => one.orgId);
    for (const orgId of [...ids.filter((one) => one === last), ...ids.filter((one) => one !== last)]) {
      if (await admitted(orgId)) return orgId;
    }
    return userId;
  }

  /** Whether an organization that the scope shows lets a member in who has shown this much. */
  async admits(tx: Tx, entering: Omit<Opening, 'device'>): Promise<boolean> {
    const { userId, orgId, isStrong = false, providerOrgId = null } = entering;
    const there = (await openMemberships(tx, userId)).find((one) => one.orgId === orgId);
    return there !== undefined && refusalOf(there, { isStrong, providerOrgId }) === undefined;
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
