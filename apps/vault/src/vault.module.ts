import { leaseIssuer } from '@millrace/contracts';
import { Database } from '@millrace/persistence';
import { Runtime, wire } from '@millrace/service';
import { Module } from '@nestjs/common';
import { AccessReviewOperations } from './access-review/access-review.operations.js';
import { AuthorizationOperations } from './authorization/authorization.operations.js';
import { BeginAuthorization } from './authorization/begin-authorization.js';
import { FinishAuthorization } from './authorization/finish-authorization.js';
import { ConnectionOperations } from './connection/connection.operations.js';
import { CreateConnection } from './connection/create-connection.js';
import { RevokeConnection } from './connection/revoke-connection.js';
import { ConnectionStore } from './connection/store-connection.js';
import { CredentialOperations } from './credential/credential.operations.js';
import { LeaseGrantVerifier } from './credential/lease-grant-verifier.js';
import { LeaseCredential } from './credential/lease-credential.js';
import { CustomerKeyDesk } from './customer-key/customer-key-desk.js';
import { CustomerKeyOperations } from './customer-key/customer-key.operations.js';
import { CustomerKeys } from './customer-key/customer-keys.js';
import { DataKeyRenewal } from './data-key/data-key-renewal.js';
import { DataKeyOperations } from './data-key/data-key.operations.js';
import { DataKeys } from './data-key/data-keys.js';
import { GrantEnder } from './grant/grant-ender.js';
import { ProviderTaskLoop } from './grant/provider-task-loop.js';
import { TokenRenewer } from './grant/token-renewer.js';
import { TokenSources } from './grant/token-sources.js';
import { KeyShredder } from './organization/key-shredder.js';
import { OnOrganizationClosed } from './organization/on-organization-closed.js';
import { keyProviderOf } from './organization/key-provider.js';
import { OrganizationKeys } from './organization/organization-keys.js';
import { assertCatalogAllowed } from './provider/catalog-rule.js';
import { OAuthClients } from './provider/oauth-client.js';
import { ProviderGuard } from './provider/provider-guard.js';
import { KeyRotationOperations } from './rotation/key-rotation.operations.js';
import { KeyRotator } from './rotation/key-rotator.js';

@Module({
  controllers: [
    AccessReviewOperations,
    AuthorizationOperations,
    ConnectionOperations,
    CredentialOperations,
    CustomerKeyOperations,
    DataKeyOperations,
    KeyRotationOperations,
    OnOrganizationClosed,
  ],
  providers: [
    {
      provide: CustomerKeys,
      inject: [Runtime, Database, ProviderGuard],
      useFactory: async (runtime: Runtime, database: Database, guard: ProviderGuard) =>
        new CustomerKeys(runtime, database, guard, await keyProviderOf(runtime)),
    },
    {
      provide: OrganizationKeys,
      inject: [Runtime, CustomerKeys],
      useFactory: async (runtime: Runtime, holders: CustomerKeys) =>
        new OrganizationKeys(await keyProviderOf(runtime), holders),
    },
    {
      provide: LeaseGrantVerifier,
      inject: [Runtime],
      useFactory: ({ config, secrets, clock }: Runtime) =>
        new LeaseGrantVerifier(config.region, secrets.verifier(clock, [leaseIssuer])),
    },
    wire(DataKeys, Runtime, OrganizationKeys),
    wire(ProviderGuard, Runtime, Database),
    {
      provide: OAuthClients,
      inject: [Runtime, ProviderGuard],
      useFactory: (runtime: Runtime, guard: ProviderGuard) => {
        assertCatalogAllowed(runtime.charters.versions);
        return new OAuthClients(runtime, guard);
      },
    },
    wire(ConnectionStore, Runtime, OrganizationKeys),
    wire(CreateConnection, Runtime, ConnectionStore, ProviderGuard),
    wire(BeginAuthorization, Runtime, OrganizationKeys, OAuthClients),
    wire(FinishAuthorization, Runtime, OrganizationKeys, OAuthClients, ConnectionStore),
    wire(DataKeyRenewal, Runtime, DataKeys),
    wire(RevokeConnection, Runtime),
    wire(TokenSources, Runtime, OAuthClients, ProviderGuard),
    wire(TokenRenewer, Runtime, Database, OrganizationKeys, TokenSources),
    wire(GrantEnder, Runtime, Database, OrganizationKeys, TokenSources),
    wire(ProviderTaskLoop, Runtime, Database, TokenRenewer, GrantEnder),
    wire(LeaseCredential, Runtime, OrganizationKeys, DataKeys, LeaseGrantVerifier, TokenRenewer),
    wire(KeyShredder, Runtime, Database, OrganizationKeys),
    wire(KeyRotator, Runtime, Database, OrganizationKeys, CustomerKeys),
    wire(CustomerKeyDesk, Runtime, OrganizationKeys, CustomerKeys, KeyRotator),
  ],
})
export class VaultModule {}
