import { identityProblems, type Input, type Output, type signIn } from '@millrace/contracts';
import { newOpaqueToken, type PasswordHasher } from '@millrace/crypto';
import { addDuration, newId, Problem, Secret } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { type Runtime } from '@millrace/service';
import { accounts } from '../account/account.table.js';
import { type AddressLookup } from '../account/address-lookup.js';
import { memberships } from '../organization/organization.table.js';
import { sessions } from './session.table.js';
import { type Account, lockAccount, refuseLocked, type VerifyPassword } from './verify-password.js';

/** Starts a session for somebody who knows the password. */
export class SignIn {
  constructor(
    private readonly runtime: Runtime,
    private readonly lookup: AddressLookup,
    private readonly hasher: PasswordHasher,
    private readonly verifyPassword: VerifyPassword,
  ) {}

  async execute({ email, password }: Input<typeof signIn>, call: Call): Promise<Output<typeof signIn>> {
    const key = this.lookup.of(email);
    const account = await call.tx((tx) => tx.table(accounts).findOneBy({ emailLookup: key }), { key });
    const secret = new Secret(password);
    const { ok, needsRehash } = await this.verifyPassword.execute(
      account,
      secret,
      call,
      account ? { subject: account.id } : {},
    );
    if (!ok || !account) throw new Problem(identityProblems.wrongCredentials);
    const fresh = needsRehash ? await this.hasher.hash(secret) : undefined;
    return this.start(account, fresh, call);
  }

  private start(
    account: Account,
    fresh: { hash: string; pepperVersion: number } | undefined,
    call: Call,
  ): Promise<Output<typeof signIn>> {
    const { clock, charter } = this.runtime;
    const { token, hash } = newOpaqueToken();
    const [sessionId, now] = [newId(clock), clock.now()];
    const expiresAt = addDuration(now, charter.document.sessions.absolute);
    return call.act(
      async (tx, about) => {
        const current = await lockAccount(tx, account.id);
        if (!current) throw new Problem(identityProblems.wrongCredentials);
        refuseLocked(current, now);
        const membership = await tx.table(memberships).findOneBy({ userId: account.id });
        if (!membership) throw new Problem(identityProblems.wrongCredentials);
        const { orgId } = membership;
        await tx.table(sessions).insert({
          id: sessionId,
          userId: account.id,
          orgId,
          tokenHash: Buffer.from(hash, 'hex'),
          createdAt: now,
          lastSeenAt: now,
          expiresAt,
        });
        const renewed = fresh ? { passwordHash: fresh.hash, pepperVersion: fresh.pepperVersion } : {};
        await tx
          .table(accounts)
          .update({ id: account.id }, { failedSignIns: 0, failingSince: null, lockedUntil: null, ...renewed });
        about({ orgId, target: { kind: 'session', id: sessionId }, personal: { userId: account.id } });
        return { userId: account.id, orgId, session: { token: token.reveal(), expiresAt: expiresAt.toISOString() } };
      },
      { subject: account.id },
    );
  }
}
