import {
  type acceptInvitation,
  identityProblems,
  type Input,
  type inviteMember,
  kernelProblems,
  oneTimeSecretRequested,
  type Output,
  type SignedIn,
  type signUpInvited,
} from '@millrace/contracts';
import { addDuration, newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { isUniqueViolation, type Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { type AccountOpener } from '../account/account-opener.js';
import { accounts } from '../account/account.table.js';
import { type AddressLookup } from '../account/address-lookup.js';
import { type OneTimeSecrets, strangerId } from '../one-time/one-time-secrets.js';
import { type SessionStarter } from '../session/session-starter.js';
import { invitations } from './invitation.table.js';
import { assertMayManage, join } from './membership.queries.js';
import { assertDomainAllowed } from './policy-desk.js';

type Invitation = Row<typeof invitations>;

/** Asks people into organizations and lets them in. */
export class InvitationDesk {
  constructor(
    private readonly runtime: Runtime,
    private readonly lookup: AddressLookup,
    private readonly secrets: OneTimeSecrets,
    private readonly opener: AccountOpener,
    private readonly starter: SessionStarter,
  ) {}

  /** @throws Problem `identity.role-out-of-reach` */
  invite({ email, role }: Input<typeof inviteMember>, call: Call): Promise<Output<typeof inviteMember>> {
    assertMayManage(call.user, role);
    const { clock, charter } = this.runtime;
    const { orgId } = call.user;
    const [id, createdAt] = [newId(clock), clock.now()];
    const expiresAt = addDuration(createdAt, charter.document.accounts.invitation);
    const emailLookup = this.lookup.of(email);
    const inviteeId = strangerId(emailLookup);
    const row = { id, orgId, email, emailLookup, inviteeId, role, createdAt, expiresAt };
    return call.act(async (tx, about) => {
      await assertDomainAllowed(tx, orgId, email);
      await tx.table(invitations).delete({ orgId, emailLookup });
      await tx.table(invitations).insert(row);
      await tx.emit(oneTimeSecretRequested, { orgId, userId: inviteeId, secretId: id, purpose: 'invitation' });
      about({ target: { kind: 'invitation', id }, details: { role } });
      return shown(row);
    });
  }

  async list(call: Call): Promise<Output<typeof inviteMember>[]> {
    const now = this.runtime.clock.now();
    const rows = await call.tx((tx) => tx.table(invitations).find({ order: { createdAt: 'desc' } }));
    return rows.filter((one) => one.expiresAt > now).map(shown);
  }

  /** @throws Problem `kernel.not-found` */
  async revoke(id: string, call: Call): Promise<void> {
    await call.act(async (tx, about) => {
      const { affected } = await tx.table(invitations).delete({ id });
      if (!affected) throw new Problem(kernelProblems.notFound);
      about({ target: { kind: 'invitation', id } });
    });
  }

  /** @throws Problem `identity.not-valid`, `identity.other-address`, `identity.already-member` */
  async accept({ token }: Input<typeof acceptInvitation>, call: Call): Promise<SignedIn> {
    const invitation = await this.find(token, call);
    const { orgId, role } = invitation;
    const { userId } = call.user;
    const account = await call.tx((tx) => tx.table(accounts).findOneBy({ id: userId }));
    if (!account?.emailLookup.equals(invitation.emailLookup)) throw new Problem(identityProblems.otherAddress);
    try {
      return await call.act(
        async (tx, about) => {
          await assertDomainAllowed(tx, orgId, account.email);
          await this.take(tx, invitation);
          await join(tx, { orgId, userId, role, createdAt: this.runtime.clock.now() });
          about({ orgId, target: { kind: 'invitation', id: invitation.id }, details: { role } });
          return this.starter.enter(tx, call, orgId, { isJoining: true });
        },
        { orgId, subject: userId },
      );
    } catch (error) {
      throw isUniqueViolation(error) ? new Problem(identityProblems.alreadyMember, { cause: error }) : error;
    }
  }

  /** @throws Problem `identity.not-valid`, `identity.has-account`, and what sign-up refuses */
  async signUp({ token, device, ...says }: Input<typeof signUpInvited>, call: Call): Promise<SignedIn> {
    const invitation = await this.find(token, call);
    const { orgId, role, email, emailLookup } = invitation;
    const person = await this.opener.prepare({ ...says, email });
    try {
      return await call.act(
        async (tx, about) => {
          await this.take(tx, invitation);
          const userId = person.userId;
          await this.opener.insert(tx, { ...person, emailLookup });
          await join(tx, { orgId, userId, role, createdAt: this.runtime.clock.now() });
          // Where a second factor is asked for, they begin in no organization and set one up first.
          const isAdmitted = await this.starter.admits(tx, { userId, orgId });
          const signedIn = await this.starter.open(tx, { userId, orgId: isAdmitted ? orgId : userId, device }, about);
          about({ orgId, target: { kind: 'invitation', id: invitation.id }, details: { role } });
          return signedIn;
        },
        { orgId, subject: person.userId },
      );
    } catch (error) {
      throw isUniqueViolation(error) ? new Problem(identityProblems.hasAccount, { cause: error }) : error;
    }
  }

  private async find(token: string, call: Call): Promise<Invitation> {
    const key = this.secrets.hashOf({ purpose: 'invitation' }, token);
    const found = await call.tx((tx) => tx.table(invitations).findOneBy({ secretHash: key }), { key });
    if (!found || found.expiresAt <= this.runtime.clock.now()) throw new Problem(identityProblems.notValid);
    return found;
  }

  /** An invitation is good once; whoever deletes it has used it. */
  private async take(tx: Tx, { id }: Invitation): Promise<void> {
    const { affected } = await tx.table(invitations).delete({ id });
    if (!affected) throw new Problem(identityProblems.notValid);
  }
}

function shown({ id, email, role, createdAt, expiresAt }: Omit<Invitation, 'secretHash'>) {
  return {
    invitationId: id,
    email,
    role,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
