import { PasswordHasher } from '@millrace/crypto';
import { Database } from '@millrace/persistence';
import { KeyVersions as Peppers, Runtime, wire } from '@millrace/service';
import { Module } from '@nestjs/common';
import { AccountOperations } from './account/account.operations.js';
import { AddressLookup } from './account/address-lookup.js';
import { FrozenAccounts } from './account/frozen-accounts.js';
import { ReportOperations } from './account/report.operations.js';
import { ProfileDesk } from './account/profile.js';
import { SignUp } from './account/sign-up.js';
import { AccountOpener } from './account/account-opener.js';
import { ChangeEmail } from './account/change-email.js';
import { SignInAttempts } from './identity-provider/sign-in-attempts.js';
import { AccountMail } from './one-time/account-mail.js';
import { OneTimeOperations } from './one-time/one-time.operations.js';
import { OneTimeSecrets } from './one-time/one-time-secrets.js';
import { InvitationDesk } from './organization/invitation-desk.js';
import { InvitationOperations } from './organization/invitation.operations.js';
import { MemberDesk } from './organization/member-desk.js';
import { MembershipEvents } from './organization/membership.events.js';
import { OrganizationDesk } from './organization/organization-desk.js';
import { OrganizationOperations } from './organization/organization.operations.js';
import { PolicyDesk } from './organization/policy-desk.js';
import { PolicyOperations } from './organization/policy.operations.js';
import { ClientKeys } from './organization-provider/client-keys.js';
import { DomainDesk } from './organization-provider/domain-desk.js';
import { DomainRecords } from './organization-provider/domain-record.js';
import { ProviderClients } from './organization-provider/provider-clients.js';
import { ProviderDesk } from './organization-provider/provider-desk.js';
import { ProviderOperations } from './organization-provider/provider.operations.js';
import { ProviderSignIn } from './organization-provider/provider-sign-in.js';
import { TxtResolver } from './organization-provider/txt-resolver.js';
import { AppealDesk } from './password/appeal-desk.js';
import { AppealOperations } from './password/appeal.operations.js';
import { PasswordDesk } from './password/password-desk.js';
import { PasswordOperations } from './password/password.operations.js';
import { Passwords } from './password/passwords.js';
import { PasskeyDesk } from './passkey/passkey-desk.js';
import { PasskeyOperations } from './passkey/passkey.operations.js';
import { PreferenceDesk } from './preference/preference-desk.js';
import { PreferenceOperations } from './preference/preference.operations.js';
import { ResolveSession } from './session/resolve-session.js';
import { FactorKeys } from './second-factor/factor-keys.js';
import { SecondFactor } from './second-factor/second-factor.js';
import { SecondFactorOperations } from './second-factor/second-factor.operations.js';
import { SessionDesk } from './session/session-desk.js';
import { SessionOperations } from './session/session.operations.js';
import { SessionStarter } from './session/session-starter.js';
import { StaffProvider } from './staff/staff-provider.js';
import { ResolveStaffSession } from './staff/resolve-staff-session.js';
import { StaffAccessDesk } from './staff/staff-access-desk.js';
import { StaffAccessOperations } from './staff/staff-access.operations.js';
import { StaffOperations } from './staff/staff.operations.js';
import { StaffSignIn } from './staff/staff-sign-in.js';
import { TokenDesk } from './token/token-desk.js';
import { TokenOperations } from './token/token.operations.js';
import { SignIn } from './session/sign-in.js';
import { SignInOperations } from './session/sign-in.operations.js';

@Module({
  controllers: [
    AccountOperations,
    SessionOperations,
    SignInOperations,
    PasswordOperations,
    AppealOperations,
    OneTimeOperations,
    SecondFactorOperations,
    OrganizationOperations,
    InvitationOperations,
    MembershipEvents,
    TokenOperations,
    PasskeyOperations,
    PolicyOperations,
    PreferenceOperations,
    ProviderOperations,
    ReportOperations,
    StaffOperations,
    StaffAccessOperations,
  ],
  providers: [
    {
      provide: Peppers,
      inject: [Runtime],
      useFactory: ({ secrets }: Runtime) => secrets.regionKeyVersions('pepper').loaded(),
    },
    {
      provide: PasswordHasher,
      inject: [Runtime, Peppers],
      useFactory: ({ charter }: Runtime, peppers: Peppers) =>
        new PasswordHasher({ peppers, cost: charter.document.accounts.password.cost }),
    },
    {
      provide: AddressLookup,
      inject: [Runtime],
      useFactory: async ({ secrets }: Runtime) => new AddressLookup(await secrets.regionKey('lookup')),
    },
    {
      provide: OneTimeSecrets,
      inject: [Runtime],
      useFactory: async (runtime: Runtime) => new OneTimeSecrets(runtime, await runtime.secrets.regionKey('lookup')),
    },
    wire(FactorKeys, Peppers),
    wire(SecondFactor, Runtime, FactorKeys),
    wire(SessionStarter, Runtime),
    wire(Passwords, Runtime, PasswordHasher),
    wire(FrozenAccounts, Runtime, AddressLookup),
    wire(AccountOpener, Runtime, Passwords),
    wire(OrganizationDesk, Runtime, SessionStarter),
    wire(MemberDesk),
    wire(TokenDesk, Runtime),
    wire(PolicyDesk, Runtime),
    wire(PreferenceDesk, Runtime),
    wire(PasskeyDesk, Runtime, SessionStarter),
    wire(InvitationDesk, Runtime, AddressLookup, OneTimeSecrets, AccountOpener, SessionStarter),
    wire(SignUp, AccountOpener, Passwords, AddressLookup, OneTimeSecrets, SessionStarter),
    wire(ChangeEmail, AddressLookup, OneTimeSecrets),
    wire(AccountMail, AddressLookup, OneTimeSecrets),
    wire(SignIn, AccountMail, Passwords, OneTimeSecrets, SecondFactor, SessionStarter),
    wire(AppealDesk, AccountMail),
    wire(PasswordDesk, Passwords, OneTimeSecrets, SecondFactor, SessionStarter),
    {
      provide: ClientKeys,
      inject: [Runtime],
      useFactory: async ({ secrets }: Runtime) => new ClientKeys(await secrets.regionKey('lookup')),
    },
    wire(ProviderClients, Runtime, ClientKeys, Database),
    {
      provide: DomainDesk,
      inject: [Runtime],
      useFactory: async (runtime: Runtime) =>
        new DomainDesk(
          runtime,
          new DomainRecords(await runtime.secrets.regionKey('lookup')),
          new TxtResolver(runtime.config.dns.nameServers),
        ),
    },
    wire(ProviderDesk, Runtime, ProviderClients, DomainDesk),
    {
      provide: ProviderSignIn,
      inject: [Runtime, ProviderClients, DomainDesk, AddressLookup, AccountOpener, SessionStarter],
      useFactory: async (
        runtime: Runtime,
        clients: ProviderClients,
        domains: DomainDesk,
        lookup: AddressLookup,
        opener: AccountOpener,
        starter: SessionStarter,
      ) => {
        const attempts = new SignInAttempts(runtime.clock, await runtime.secrets.regionKey('lookup'), 'provider');
        return new ProviderSignIn(runtime, clients, domains, attempts, { lookup, opener, starter });
      },
    },
    wire(StaffProvider, Runtime, Database),
    {
      provide: StaffSignIn,
      inject: [Runtime, StaffProvider],
      useFactory: async (runtime: Runtime, provider: StaffProvider) =>
        new StaffSignIn(
          runtime,
          provider,
          new SignInAttempts(runtime.clock, await runtime.secrets.regionKey('lookup'), 'staff'),
        ),
    },
    wire(StaffAccessDesk, Runtime),
    wire(ResolveStaffSession, Runtime),
    wire(ResolveSession, Runtime, ResolveStaffSession),
    wire(SessionDesk, Runtime),
    wire(ProfileDesk, Runtime),
  ],
})
export class IdentityModule {}
