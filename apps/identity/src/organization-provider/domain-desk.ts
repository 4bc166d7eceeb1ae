import {
  type claimDomain,
  identityProblems,
  type Input,
  kernelProblems,
  type OrganizationDomain,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { isUniqueViolation } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { domainKey, type DomainRecords } from './domain-record.js';
import { organizationDomains } from './organization-provider.table.js';
import { publicMailDomains } from './public-mail-domains.js';
import { tellOwners } from './tell-owners.js';
import { type TxtResolver } from './txt-resolver.js';

type Domain = Row<typeof organizationDomains>;

/** Most domains of one organization. */
const MAX_DOMAINS = 50;
const DAY_MS = 86_400_000;
/** A record that was found so long ago is looked for again before it is relied upon: a domain may have changed hands. */
const FRESH_MS = 7 * DAY_MS;
/** While no name server answers, a record is relied upon for so long; then the domain rests until one does. */
const UNANSWERED_MS = 14 * DAY_MS;

/** The domains of organizations' addresses, and what shows that they are theirs. */
export class DomainDesk {
  constructor(
    private readonly runtime: Runtime,
    private readonly records: DomainRecords,
    private readonly resolver: TxtResolver,
  ) {}

  async list(call: Call): Promise<OrganizationDomain[]> {
    const rows = await call.tx((tx) => tx.table(organizationDomains).find({ order: { domain: 'asc' } }));
    return rows.map((row) => this.shown(row));
  }

  /** @throws Problem `identity.public-mail-domain`, `identity.too-many-domains` */
  async claim({ domain }: Input<typeof claimDomain>, call: Call): Promise<OrganizationDomain> {
    if (publicMailDomains.has(domain)) throw new Problem(identityProblems.publicMailDomain);
    const { orgId } = call.user;
    const row = { orgId, domain, verifiedKey: null, claimedAt: this.runtime.clock.now(), checkedAt: null };
    return call.act(async (tx, about) => {
      const known = await tx.table(organizationDomains).findBy({ orgId });
      const same = known.find((one) => one.domain === domain);
      if (!same && known.length >= MAX_DOMAINS) throw new Problem(identityProblems.tooManyDomains);
      if (!same) await tx.table(organizationDomains).insert(row);
      about({ target: { kind: 'organization', id: orgId } });
      return this.shown(same ?? row);
    });
  }

  /** @throws Problem `kernel.not-found`, `identity.domain-not-shown`, `identity.domain-taken` */
  async verify(domain: string, call: Call): Promise<OrganizationDomain> {
    const { orgId } = call.user;
    const claimed = await call.tx((tx) => tx.table(organizationDomains).findOneBy({ orgId, domain }));
    if (!claimed) throw new Problem(kernelProblems.notFound);
    if ((await this.look(claimed)) !== 'found') throw new Problem(identityProblems.domainNotShown);
    const found = { verifiedKey: domainKey(domain), checkedAt: this.runtime.clock.now() };
    try {
      return await call.act(async (tx, about) => {
        await tx.table(organizationDomains).update({ orgId, domain }, found);
        about({ target: { kind: 'organization', id: orgId } });
        return this.shown({ ...claimed, ...found });
      });
    } catch (error) {
      throw isUniqueViolation(error) ? new Problem(identityProblems.domainTaken, { cause: error }) : error;
    }
  }

  /** @throws Problem `kernel.not-found` */
  async drop(domain: string, call: Call): Promise<void> {
    const { orgId } = call.user;
    await call.act(async (tx, about) => {
      const { affected } = await tx.table(organizationDomains).delete({ orgId, domain });
      if (!affected) throw new Problem(kernelProblems.notFound);
      about({ target: { kind: 'organization', id: orgId } });
    });
  }

  /** Whose a domain is by a record that was found not long ago, or is found now. */
  async ownerOf(domain: string, call: Call): Promise<string | undefined> {
    const key = domainKey(domain);
    const row = await call.tx((tx) => tx.table(organizationDomains).findOneBy({ verifiedKey: key }), { key });
    if (!row) return undefined;
    const now = this.runtime.clock.now();
    const ageMs = now.getTime() - row.checkedAt!.getTime();
    if (ageMs <= FRESH_MS) return row.orgId;
    const outcome = await this.look(row);
    if (outcome === 'unknown') return ageMs <= UNANSWERED_MS ? row.orgId : undefined;
    const { orgId } = row;
    await call.tx(
      async (tx) => {
        const isShown = outcome === 'found';
        const change = isShown ? { checkedAt: now } : { verifiedKey: null };
        const { affected } = await tx.table(organizationDomains).update({ orgId, domain, verifiedKey: key }, change);
        if (isShown || !affected) return;
        await tx.audit({ event: 'provider.domain-lapsed', orgId, target: { kind: 'organization', id: orgId } });
        await tellOwners(tx, orgId, 'domain-lapsed');
      },
      { orgId },
    );
    return outcome === 'found' ? orgId : undefined;
  }

  private look({ orgId, domain }: Pick<Domain, 'orgId' | 'domain'>) {
    const { name, value } = this.records.of(orgId, domain);
    return this.resolver.look(name, value);
  }

  private shown({ orgId, domain, verifiedKey, checkedAt }: Domain): OrganizationDomain {
    return {
      domain,
      record: this.records.of(orgId, domain),
      isVerified: verifiedKey !== null,
      ...(checkedAt ? { checkedAt: checkedAt.toISOString() } : {}),
    };
  }
}
