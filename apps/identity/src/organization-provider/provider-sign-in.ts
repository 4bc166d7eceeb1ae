import {
  type beginProviderSignIn,
  type finishProviderSignIn,
  identityProblems,
  type Input,
  type Output,
  providerSignInPath,
  type SignedIn,
} from '@millrace/contracts';
import { newOpaqueToken } from '@millrace/crypto';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { isUniqueViolation, type Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import { portalLink, type Runtime } from '@millrace/service';
import { type AccountOpener, type NewAccount } from '../account/account-opener.js';
import { accounts } from '../account/account.table.js';
import { type AddressLookup } from '../account/address-lookup.js';
import { type JudgedToken } from '../identity-provider/open-id-client.js';
import { type SignInAttempts } from '../identity-provider/sign-in-attempts.js';
import { join, openMemberships } from '../organization/membership.queries.js';
import { assertDomainAllowed } from '../organization/policy-desk.js';
import { type SessionStarter } from '../session/session-starter.js';
import { type DomainDesk } from './domain-desk.js';
import { domainOf } from './domain-record.js';
import { organizationProviders, providerAccounts } from './organization-provider.table.js';
import { type ProviderClients } from './provider-clients.js';

type Provider = Row<typeof organizationProviders>;

/** Somebody whom a provider has signed in: who they are here, and what is to be written for that to be so. */
interface Found {
  readonly userId: string;
  readonly email: string;
  readonly subjectKey: Buffer;
  readonly isBound: boolean;
  /** Set when they have no account yet. */
  readonly newcomer?: NewAccount & { readonly emailLookup: Buffer };
}

/** Signs people in at the provider of their organization, and into that organization only. */
export class ProviderSignIn {
  constructor(
    private readonly runtime: Runtime,
    private readonly clients: ProviderClients,
    private readonly domains: DomainDesk,
    private readonly attempts: SignInAttempts,
    private readonly people: {
      readonly lookup: AddressLookup;
      readonly opener: AccountOpener;
      readonly starter: SessionStarter;
    },
  ) {}

  /**
   * Where somebody with such an address goes on: to the provider of the domain's organization, or to a page of ours that
   * says there is none. No account is looked for. A provider that is away is answered like none.
   */
  async begin(
    { email, ofAge = false }: Input<typeof beginProviderSignIn>,
    call: Call,
  ): Promise<Output<typeof beginProviderSignIn>> {
    const { attempt, keep } = this.attempts.begin();
    const provider = await this.providerOf(await this.domains.ownerOf(domainOf(email), call), call);
    const away = portalLink(this.runtime.config, providerSignInPath, { other: 'yes' });
    const url = provider
      ? await this.clients
          .of(provider)
          .signInUrl(attempt)
          .catch(() => undefined)
      : undefined;
    return { url: url ?? away, session: await keep({ providerOrgId: provider?.orgId ?? null, ofAge }, call) };
  }

  /** Each refusal is in the ledger with its code. @throws Problem as `finishProviderSignIn` declares */
  async finish(input: Input<typeof finishProviderSignIn>, call: Call): Promise<SignedIn> {
    const { orgId } = input;
    try {
      return await this.signIn(input, call);
    } catch (error) {
      if (error instanceof Problem) {
        const details = { reason: error.code };
        // An organization that somebody made up has no ledger; the entry is then nobody's.
        const whose = (await this.providerOf(orgId, call)) ? { orgId } : {};
        await call.tx(
          (tx) => tx.audit({ event: 'provider.sign-in-refused', outcome: 'failure', details, ...whose }),
          whose,
        );
      }
      throw error;
    }
  }

  private async signIn(
    { orgId, answer, browser, device }: Input<typeof finishProviderSignIn>,
    call: Call,
  ): Promise<SignedIn> {
    const parameters = new URLSearchParams(answer);
    const state = parameters.get('state') ?? '';
    const begun = await this.attempts.take(state, browser, call);
    if (begun?.providerOrgId !== orgId) throw new Problem(identityProblems.providerSignInUnknown);
    const provider = await this.providerOf(orgId, call);
    if (!provider) throw new Problem(identityProblems.noProvider);
    const judged = await this.clients.of(provider).exchange(parameters, this.attempts.of(state));
    const found = await this.find(provider, judged, begun.ofAge, call);
    const isStrong = judged.usedSecondFactor;
    const before = (tx: Tx) => this.admit(tx, provider, found, isStrong);
    try {
      return await this.people.starter.start(
        { userId: found.userId, device, isStrong, providerOrgId: orgId, before },
        call,
      );
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new Problem(identityProblems.providerOtherPerson, { cause: error });
    }
  }

  private async providerOf(orgId: string | undefined, call: Call): Promise<Provider | undefined> {
    if (orgId === undefined) return undefined;
    const found = await call.tx((tx) => tx.table(organizationProviders).findOneBy({ orgId }), { orgId });
    return found ?? undefined;
  }

  /** By what the provider calls them; who has not been here by it before, by a verified address of the organization's. */
  private async find(provider: Provider, { claims }: JudgedToken, ofAge: boolean, call: Call): Promise<Found> {
    const { orgId, newcomerRole } = provider;
    const subjectKey = this.attempts.subjectKey(orgId, claims.iss, claims.sub);
    const bound = await call.tx((tx) => tx.table(providerAccounts).findOneBy({ subjectKey }), { orgId });
    if (bound) return { userId: bound.userId, email: '', subjectKey, isBound: true };
    const email = claims['email'];
    const isSaid = typeof email === 'string' && claims['email_verified'] === true;
    if (!isSaid || (await this.domains.ownerOf(domainOf(email), call)) !== orgId)
      throw new Problem(identityProblems.providerAddress);
    const emailLookup = this.people.lookup.of(email);
    const account = await call.tx((tx) => tx.table(accounts).findOneBy({ emailLookup }), { key: emailLookup });
    if (account) return { userId: account.id, email, subjectKey, isBound: false };
    if (newcomerRole === null) throw new Problem(identityProblems.providerNotMember);
    const newcomer = { ...(await this.newAccount(email, claims['name'], ofAge)), emailLookup };
    return { userId: newcomer.userId, email, subjectKey, isBound: false, newcomer };
  }

  /** An account under the charter's conditions. Its password is nobody's: whoever wants one has it mailed. */
  private newAccount(email: string, name: unknown, ofAge: boolean): Promise<NewAccount> {
    const isAsked = this.runtime.charter.document.accounts.fields.includes('name');
    const said = isAsked && typeof name === 'string' && name.trim() ? { name: name.trim().slice(0, 200) } : {};
    const password = newOpaqueToken().token.reveal();
    return this.people.opener.prepare({ email, password, ofAge, ...said });
  }

  /** Makes them a member where the organization says so, and binds the account to what the provider calls them. */
  private async admit(tx: Tx, provider: Provider, found: Found, isStrong: boolean): Promise<void> {
    const { orgId, newcomerRole } = provider;
    const { userId, email, subjectKey, isBound, newcomer } = found;
    const createdAt = this.runtime.clock.now();
    if (newcomer) await this.people.opener.insert(tx, newcomer);
    const isMember = (await openMemberships(tx, userId)).some((one) => one.orgId === orgId);
    if (!isMember) {
      if (newcomerRole === null || isBound) throw new Problem(identityProblems.providerNotMember);
      await assertDomainAllowed(tx, orgId, email);
      await join(tx, { orgId, userId, role: newcomerRole, createdAt });
      const details = { role: newcomerRole, opened: newcomer !== undefined };
      await tx.audit({ event: 'provider.member-joined', orgId, details, personal: { userId } });
    }
    const isAdmitted = await this.people.starter.admits(tx, { userId, orgId, isStrong, providerOrgId: orgId });
    if (!isAdmitted) throw new Problem(identityProblems.secondFactorRequired);
    if (!isBound) await tx.table(providerAccounts).insert({ orgId, userId, subjectKey, createdAt });
  }
}
