import { leaseIssuer } from '@millrace/contracts';
import { TokenSigner, TokenVerifier } from '@millrace/crypto';
import { Database } from '@millrace/persistence';
import { Runtime, wire } from '@millrace/service';
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ConnectionOperations } from './connection/connection.operations.js';
import { ConnectionDesk } from './connection/inspect-connection.js';
import { OnConnectionRevoked } from './connection/on-connection-revoked.js';
import { ClaimPartition } from './partition/claim-partition.js';
import { LeaseGrants } from './partition/lease-grants.js';
import { OrganizationSealers } from './partition/organization-sealers.js';
import { PartitionOperations } from './partition/partition.operations.js';
import { ReportPartition } from './partition/report-partition.js';
import { ApplyPipeline } from './pipeline/apply-pipeline.js';
import { PipelineOperations } from './pipeline/pipeline.operations.js';
import { RunOperations } from './run/run.operations.js';
import { StartRun } from './run/start-run.js';
import { StrandedPartitions } from './run/stranded-partitions.js';

@Module({
  controllers: [ConnectionOperations, OnConnectionRevoked, PartitionOperations, PipelineOperations, RunOperations],
  providers: [
    {
      provide: TokenSigner,
      inject: [Runtime],
      useFactory: async ({ secrets, clock }: Runtime) => new TokenSigner(await secrets.signingKey('sync'), clock),
    },
    {
      provide: TokenVerifier,
      inject: [Runtime],
      useFactory: async ({ secrets, clock }: Runtime) =>
        new TokenVerifier(new Map([[leaseIssuer, secrets.verifyingKeys().get('sync') ?? []]]), clock),
    },
    wire(LeaseGrants, Runtime, TokenSigner, TokenVerifier),
    wire(OrganizationSealers, Runtime),
    wire(ClaimPartition, Runtime, LeaseGrants, OrganizationSealers),
    wire(ReportPartition, Runtime),
    wire(ConnectionDesk, LeaseGrants),
    wire(ApplyPipeline, ConnectionDesk),
    wire(StartRun, ConnectionDesk),
    wire(StrandedPartitions, Runtime, Database),
  ],
})
export class SyncModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly stranded: StrandedPartitions) {}

  onApplicationBootstrap(): void {
    this.stranded.start();
  }

  onApplicationShutdown(): void {
    this.stranded.stop();
  }
}
