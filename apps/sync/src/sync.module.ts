import { leaseIssuer } from '@millrace/contracts';
import { Database } from '@millrace/persistence';
import { RegionVerifier, Runtime, ServiceSigner, wire } from '@millrace/service';
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Admission } from './admission/admission.js';
import { ApproveRun } from './budget/approve-run.js';
import { BudgetOperations } from './budget/budget.operations.js';
import { EstimatePipeline } from './budget/estimate-pipeline.js';
import { ConnectionOperations } from './connection/connection.operations.js';
import { ConnectionDesk } from './connection/inspect-connection.js';
import { OnConnectionRevoked } from './connection/on-connection-revoked.js';
import { FeedSweeper } from './feed/feed-sweeper.js';
import { MeasurePipeline } from './metric/measure-pipeline.js';
import { MetricOperations } from './metric/metric.operations.js';
import { ReportMetric } from './metric/report-metric.js';
import { ClaimPartition } from './partition/claim-partition.js';
import { HeldPartitions } from './partition/held-partitions.js';
import { LeaseGrants } from './partition/lease-grants.js';
import { OrganizationSealers } from './partition/organization-sealers.js';
import { ResealState } from './partition/reseal-state.js';
import { PartitionOperations } from './partition/partition.operations.js';
import { ReportPartition } from './partition/report-partition.js';
import { SplitPartition } from './partition/split-partition.js';
import { PauseOperations } from './pause/pause.operations.js';
import { ApplyPipeline } from './pipeline/apply-pipeline.js';
import { CheckPipeline } from './pipeline/check-pipeline.js';
import { PreviewPipeline } from './pipeline/preview-pipeline.js';
import { PipelineOperations } from './pipeline/pipeline.operations.js';
import { ComparePipeline } from './run/compare-pipeline.js';
import { ReplayRun } from './run/replay-run.js';
import { RunOperations } from './run/run.operations.js';
import { StartRun } from './run/start-run.js';
import { StrandedPartitions } from './run/stranded-partitions.js';
import { DueRuns } from './schedule/due-runs.js';

@Module({
  controllers: [
    BudgetOperations,
    ConnectionOperations,
    MetricOperations,
    OnConnectionRevoked,
    PartitionOperations,
    PauseOperations,
    PipelineOperations,
    RunOperations,
  ],
  providers: [
    {
      provide: ServiceSigner,
      inject: [Runtime],
      useFactory: ({ secrets, clock }: Runtime) => secrets.signer(leaseIssuer, clock),
    },
    {
      provide: RegionVerifier,
      inject: [Runtime],
      useFactory: ({ secrets, clock }: Runtime) => secrets.verifier(clock, [leaseIssuer]),
    },
    wire(LeaseGrants, Runtime, ServiceSigner, RegionVerifier),
    wire(OrganizationSealers, Runtime),
    wire(ResealState, OrganizationSealers),
    wire(Admission, Runtime, Database),
    wire(DueRuns, Runtime, Database, Admission),
    wire(FeedSweeper, Runtime, Database, LeaseGrants),
    wire(ClaimPartition, Runtime, LeaseGrants, OrganizationSealers, Admission),
    wire(HeldPartitions, Runtime),
    wire(ReportPartition, HeldPartitions, Admission),
    wire(SplitPartition, HeldPartitions, Admission),
    wire(ConnectionDesk, LeaseGrants),
    wire(CheckPipeline, Runtime, ConnectionDesk),
    wire(ApplyPipeline, CheckPipeline),
    wire(PreviewPipeline, CheckPipeline, LeaseGrants),
    wire(StartRun, ConnectionDesk, Admission),
    wire(ReplayRun, ConnectionDesk, Admission),
    wire(ComparePipeline, ConnectionDesk, Admission),
    wire(EstimatePipeline, ConnectionDesk, LeaseGrants),
    wire(ApproveRun, Admission),
    wire(ReportMetric, Runtime, HeldPartitions),
    wire(MeasurePipeline, Runtime, ConnectionDesk, Admission),
    wire(StrandedPartitions, Runtime, Database),
  ],
})
export class SyncModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly stranded: StrandedPartitions,
    private readonly admission: Admission,
    private readonly dueRuns: DueRuns,
    private readonly feeds: FeedSweeper,
  ) {}

  onApplicationBootstrap(): void {
    this.stranded.start();
    this.admission.start();
    this.dueRuns.start();
    this.feeds.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stranded.stop();
    await Promise.all([this.admission.stop(), this.dueRuns.stop(), this.feeds.stop()]);
  }
}
