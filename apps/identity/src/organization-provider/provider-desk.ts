import {
  identityProblems,
  type OrganizationProvider,
  type Output,
  type readProvider,
  readProviderKeys,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { portalLink, type Runtime } from '@millrace/service';
import { assertMayManage } from '../organization/membership.queries.js';
import { sessions } from '../session/session.table.js';
import { type DomainDesk } from './domain-desk.js';
import { organizationProviders } from './organization-provider.table.js';
import { type ProviderClients } from './provider-clients.js';
import { tellOwners } from './tell-owners.js';

/** An organization's own identity provider: what it is, and what it may do. */
export class ProviderDesk {
  constructor(
    private readonly runtime: Runtime,
    private readonly clients: ProviderClients,
    private readonly domains: DomainDesk,
  ) {}

  async read(call: Call): Promise<Output<typeof readProvider>> {
    const { orgId } = call.user;
    const found = await call.tx((tx) => tx.table(organizationProviders).findOneBy({ orgId }));
    return {
      redirectUri: this.clients.redirectUri(orgId),
      keysUri: portalLink(this.runtime.config, readProviderKeys.http!.path.replace('{orgId}', orgId)),
      ...(found ? { provider: shown(found) } : {}),
      domains: await this.domains.list(call),
    };
  }

  /**
   * The provider is asked for its metadata first: one that cannot be reached, or calls itself otherwise, is not set.
   * @throws Problem `identity.second-factor-required` for whoever would require it without being an owner who gets in
   * another way, `identity.role-out-of-reach`, `identity.provider-away`, `identity.provider-sign-in-refused`
   */
  async set(provider: OrganizationProvider, call: Call): Promise<OrganizationProvider> {
    const { orgId, sessionId, roles } = call.user;
    const { issuer, clientId, isRequired, newcomerRole = null, secondFactor } = provider;
    const row = { orgId, issuer, clientId, isRequired, newcomerRole, ...secondFactor };
    if (newcomerRole) assertMayManage(call.user, newcomerRole);
    await this.clients.of(row).server();
    return call.act(async (tx, about) => {
      const own = await tx.table(sessions).findOneBy({ id: sessionId });
      const hasOtherWay = own?.isStrong && roles.includes('owner') && own.providerOrgId === null;
      if (isRequired && !hasOtherWay) throw new Problem(identityProblems.secondFactorRequired);
      const before = await tx.table(organizationProviders).findOneBy({ orgId });
      // Who signs in at another provider, or as another client there, is somebody else.
      if (before && (before.issuer !== issuer || before.clientId !== clientId)) await endSignIns(tx, orgId);
      if (before) await tx.table(organizationProviders).update({ orgId }, row);
      else await tx.table(organizationProviders).insert({ ...row, createdAt: this.runtime.clock.now() });
      await tellOwners(tx, orgId, 'provider-set');
      const newcomers = newcomerRole ?? 'none';
      about({ target: { kind: 'organization', id: orgId }, details: { isRequired, newcomers } });
      return shown(row);
    });
  }

  /** @throws Problem `identity.no-provider` */
  async remove(call: Call): Promise<void> {
    const { orgId } = call.user;
    await call.act(async (tx, about) => {
      const { affected } = await tx.table(organizationProviders).delete({ orgId });
      if (!affected) throw new Problem(identityProblems.noProvider);
      await endSignIns(tx, orgId);
      await tellOwners(tx, orgId, 'provider-removed');
      about({ target: { kind: 'organization', id: orgId } });
    });
  }
}

/** Ends what an organization's provider has begun, and forgets whom it meant by whom. */
async function endSignIns(tx: Tx, orgId: string): Promise<void> {
  await tx.query('delete from session where org_id = $1 and provider_org_id = $1', [orgId]);
  await tx.query('delete from provider_account where org_id = $1', [orgId]);
}

type Shown = Omit<Row<typeof organizationProviders>, 'orgId' | 'createdAt'>;

function shown({ issuer, clientId, isRequired, newcomerRole, amr, acr }: Shown): OrganizationProvider {
  const secondFactor = { amr: [...amr], acr: [...acr] };
  return { issuer, clientId, isRequired, ...(newcomerRole ? { newcomerRole } : {}), secondFactor };
}
