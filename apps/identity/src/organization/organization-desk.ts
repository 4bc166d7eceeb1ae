import {
  identityProblems,
  kernelProblems,
  type listOrganizations,
  organizationClosed,
  type Output,
  type readOrganization,
  type SignedIn,
} from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { type SessionStarter } from '../session/session-starter.js';
import { invitations } from './invitation.table.js';
import { contracts } from './contract.table.js';
import { endSessionsIn, endTokensIn, openMemberships } from './membership.queries.js';
import { endContracts, openOrganization } from './open-organization.js';
import { memberships, organizations } from './organization.table.js';

type Organization = Output<typeof readOrganization>;

/** Opens, renames and closes organizations, and lets people go from one of theirs to another. */
export class OrganizationDesk {
  constructor(
    private readonly runtime: Runtime,
    private readonly starter: SessionStarter,
  ) {}

  async list(call: Call): Promise<Output<typeof listOrganizations>> {
    const { userId, orgId } = call.user;
    const ids = await call.tx((tx) => tx.table(memberships).findBy({ userId }), { orgId, subject: userId });
    // Each name is its organization's: a scope sees one at a time.
    const found = [];
    for (const { orgId: one } of ids) found.push(...(await this.nameOf(one, call)));
    return {
      organizations: found.map((one) => ({
        orgId: one.orgId,
        name: one.name,
        role: one.role,
        current: one.orgId === orgId,
      })),
    };
  }

  create(name: string, call: Call): Promise<Organization> {
    const { userId } = call.user;
    const { clock } = this.runtime;
    const [orgId, createdAt] = [newId(clock), clock.now()];
    return call.act(
      async (tx, about) => {
        await openOrganization(tx, this.runtime.charter, { orgId, name, userId, createdAt });
        about({ orgId, target: { kind: 'organization', id: orgId } });
        return this.shown(tx, orgId);
      },
      { orgId, subject: userId },
    );
  }

  /** @throws Problem `kernel.not-found` for an organization that is closed or that the caller does not belong to */
  switchTo(orgId: string, call: Call): Promise<SignedIn> {
    const { userId, sessionId } = call.user;
    return call.act(
      async (tx, about) => {
        const isMember = (await openMemberships(tx, userId)).some((one) => one.orgId === orgId);
        if (!isMember) throw new Problem(kernelProblems.notFound);
        about({ orgId, target: { kind: 'session', id: sessionId } });
        return this.starter.enter(tx, call, orgId);
      },
      { orgId, subject: userId },
    );
  }

  read(call: Call): Promise<Organization> {
    return call.tx((tx) => this.own(tx, call));
  }

  rename(name: string, call: Call): Promise<Organization> {
    const { orgId } = call.user;
    return call.act(async (tx, about) => {
      await tx.table(organizations).update({ id: orgId }, { name });
      about({ target: { kind: 'organization', id: orgId } });
      return this.own(tx, call);
    });
  }

  /** @throws Problem `identity.role-out-of-reach` for anybody but an owner */
  close(call: Call): Promise<{ closedAt: string }> {
    const { orgId, roles } = call.user;
    if (!roles.includes('owner')) throw new Problem(identityProblems.roleOutOfReach);
    const closedAt = this.runtime.clock.now();
    return call.act(async (tx, about) => {
      await tx.table(organizations).update({ id: orgId }, { closedAt });
      await endContracts(tx, [orgId], closedAt);
      await tx.table(invitations).delete({ orgId });
      await endSessionsIn(tx, orgId);
      await endTokensIn(tx, orgId);
      await tx.emit(organizationClosed, { orgId });
      about({ target: { kind: 'organization', id: orgId } });
      return { closedAt: closedAt.toISOString() };
    });
  }

  private own(tx: Tx, call: Call): Promise<Organization> {
    return this.shown(tx, call.orgId);
  }

  private async shown(tx: Tx, orgId: string): Promise<Organization> {
    const found = await tx.table(organizations).findOneBy({ id: orgId });
    const contract = await tx.table(contracts).findOneBy({ orgId });
    if (!found || !contract) throw new Problem(kernelProblems.notFound);
    const { termsVersion, startedAt } = contract;
    return {
      orgId,
      name: found.name,
      createdAt: found.createdAt.toISOString(),
      contract: { termsVersion, startedAt: startedAt.toISOString() },
    };
  }

  private nameOf(orgId: string, call: Call) {
    return call.tx((tx) => openMemberships(tx, call.user.userId), { orgId, subject: call.user.userId });
  }
}
