import { leaseIssuer } from '@millrace/contracts';
import { Database } from '@millrace/persistence';
import { Runtime, wire } from '@millrace/service';
import { Module } from '@nestjs/common';
import { AccessReviewOperations } from './access-review/access-review.operations.js';
import { ConnectionOperations } from './connection/connection.operations.js';
import { CreateConnection } from './connection/create-connection.js';
import { RevokeConnection } from './connection/revoke-connection.js';
import { CredentialOperations } from './credential/credential.operations.js';
import { GrantVerifier } from './credential/grant-verifier.js';
import { LeaseCredential } from './credential/lease-credential.js';
import { DataKeyRenewal } from './data-key/data-key-renewal.js';
import { DataKeyOperations } from './data-key/data-key.operations.js';
import { DataKeys } from './data-key/data-keys.js';
import { KeyShredder } from './organization/key-shredder.js';
import { OnOrganizationClosed } from './organization/on-organization-closed.js';
import { OrganizationKeys, organizationKeysOf } from './organization/organization-keys.js';
import { KeyRotationOperations } from './rotation/key-rotation.operations.js';
import { KeyRotator } from './rotation/key-rotator.js';

@Module({
  controllers: [
    AccessReviewOperations,
    ConnectionOperations,
    CredentialOperations,
    DataKeyOperations,
    KeyRotationOperations,
    OnOrganizationClosed,
  ],
  providers: [
    { provide: OrganizationKeys, inject: [Runtime], useFactory: organizationKeysOf },
    {
      provide: GrantVerifier,
      inject: [Runtime],
      useFactory: ({ config, secrets, clock }: Runtime) =>
        new GrantVerifier(config.region, secrets.verifier(clock, [leaseIssuer])),
    },
    wire(DataKeys, Runtime, OrganizationKeys),
    wire(DataKeyRenewal, Runtime, DataKeys),
    wire(CreateConnection, Runtime, OrganizationKeys),
    wire(RevokeConnection, Runtime),
    wire(LeaseCredential, Runtime, OrganizationKeys, DataKeys, GrantVerifier),
    wire(KeyShredder, Runtime, Database, OrganizationKeys),
    wire(KeyRotator, Runtime, Database, OrganizationKeys),
  ],
})
export class VaultModule {}
