import { identityProblems, type OrganizationPolicy } from '@millrace/contracts';
import { addDuration, type Fault, Problem, type ProblemKind } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { sessions } from '../session/session.table.js';
import { type OpenMembership } from './membership.queries.js';
import { organizations } from './organization.table.js';

type PolicyColumns = Pick<
  Row<typeof organizations>,
  'requireSecondFactor' | 'memberDomains' | 'sessionIdleMinutes' | 'sessionMinutes'
>;

const MINUTE_MS = 60_000;

/** What an organization asks of its members beyond the charter. */
export class PolicyDesk {
  constructor(private readonly runtime: Runtime) {}

  read(call: Call): Promise<OrganizationPolicy> {
    return call.tx(async (tx) => shown((await tx.table(organizations).findOneBy({ id: call.user.orgId }))!));
  }

  /**
   * @throws Problem `identity.policy-too-lax` for what the charter does not allow, `identity.second-factor-required` when
   * the caller would shut themselves out
   */
  set(policy: OrganizationPolicy, call: Call): Promise<OrganizationPolicy> {
    this.assertStricter(policy);
    const { orgId, sessionId } = call.user;
    const { requireSecondFactor, memberDomains, sessionIdleMinutes = null, sessionMinutes = null } = policy;
    const row = {
      ...{ requireSecondFactor, sessionIdleMinutes, sessionMinutes },
      memberDomains: memberDomains.map((one) => one.toLowerCase()),
    };
    return call.act(async (tx, about) => {
      const own = await tx.table(sessions).findOneBy({ id: sessionId });
      if (requireSecondFactor && !own?.isStrong) throw new Problem(identityProblems.secondFactorRequired);
      await tx.table(organizations).update({ id: orgId }, row);
      about({ target: { kind: 'organization', id: orgId }, details: { requireSecondFactor } });
      return shown(row);
    });
  }

  private assertStricter({ sessionIdleMinutes, sessionMinutes }: OrganizationPolicy): void {
    const { idle, absolute } = this.runtime.charter.document.sessions;
    const limits = [
      ['sessionIdleMinutes', sessionIdleMinutes, idle],
      ['sessionMinutes', sessionMinutes, absolute],
    ] as const;
    const errors = limits.flatMap(([field, minutes, most]): Fault[] =>
      minutes !== undefined && minutes > minutesOf(most)
        ? [{ path: `/${field}`, message: `must be at most ${minutesOf(most)}, which the charter allows` }]
        : [],
    );
    if (errors.length) throw new Problem(identityProblems.policyTooLax, { errors });
  }
}

/** Why an organization does not let a member in who has shown this much; undefined when it does. */
export function refusalOf(
  { orgId, role, requireSecondFactor, requireProvider }: OpenMembership,
  { isStrong, providerOrgId }: Pick<Row<typeof sessions>, 'isStrong' | 'providerOrgId'>,
): ProblemKind | undefined {
  if (requireSecondFactor && !isStrong) return identityProblems.secondFactorRequired;
  // Owners have a way in of their own, so that a provider which is broken locks nobody out for good.
  const isIn = providerOrgId === orgId || (role === 'owner' && isStrong);
  return requireProvider && !isIn ? identityProblems.providerRequired : undefined;
}

/** Whether a session still meets what its organization asks. */
export function meetsPolicy(
  session: Pick<Row<typeof sessions>, 'createdAt' | 'lastSeenAt' | 'isStrong' | 'providerOrgId'>,
  membership: OpenMembership,
  now: Date,
): boolean {
  const { sessionIdleMinutes, sessionMinutes } = membership;
  const isWithin = (since: Date, minutes: number | null) =>
    minutes === null || now.getTime() - since.getTime() < minutes * MINUTE_MS;
  return (
    refusalOf(membership, session) === undefined &&
    isWithin(session.createdAt, sessionMinutes) &&
    isWithin(session.lastSeenAt, sessionIdleMinutes)
  );
}

/** @throws Problem `identity.domain-not-allowed` for an address that the organization does not let in */
export async function assertDomainAllowed(tx: Tx, orgId: string, email: string): Promise<void> {
  const found = await tx.table(organizations).findOneBy({ id: orgId });
  const domains = found?.memberDomains ?? [];
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (domains.length > 0 && !domains.includes(domain)) throw new Problem(identityProblems.domainNotAllowed);
}

function minutesOf(duration: string): number {
  const start = new Date(0);
  return Math.floor((addDuration(start, duration).getTime() - start.getTime()) / MINUTE_MS);
}

function shown({ requireSecondFactor, memberDomains, sessionIdleMinutes, sessionMinutes }: PolicyColumns) {
  return {
    requireSecondFactor,
    memberDomains: [...memberDomains],
    ...(sessionIdleMinutes === null ? {} : { sessionIdleMinutes }),
    ...(sessionMinutes === null ? {} : { sessionMinutes }),
  };
}
