import {
  checkpointPartition,
  claimPartition,
  driftPartition,
  estimatePartition,
  failPartition,
  finishPartition,
  type Input,
  resealState,
  splitPartition,
  yieldPartition,
} from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { ClaimPartition } from './claim-partition.js';
import { ReportPartition } from './report-partition.js';
import { ResealState } from './reseal-state.js';
import { SplitPartition } from './split-partition.js';

@Controller()
export class PartitionOperations {
  constructor(
    private readonly claimer: ClaimPartition,
    private readonly reports: ReportPartition,
    private readonly splitter: SplitPartition,
    private readonly resealer: ResealState,
  ) {}

  @Handles(resealState)
  reseal(input: Input<typeof resealState>, call: Call) {
    return this.resealer.execute(input, call);
  }

  @Handles(claimPartition)
  claim(input: Input<typeof claimPartition>, call: Call) {
    return this.claimer.execute(input, call);
  }

  @Handles(checkpointPartition)
  checkpoint(input: Input<typeof checkpointPartition>, call: Call) {
    return this.reports.checkpoint(input, call);
  }

  @Handles(splitPartition)
  split(input: Input<typeof splitPartition>, call: Call) {
    return this.splitter.execute(input, call);
  }

  @Handles(estimatePartition)
  estimate(input: Input<typeof estimatePartition>, call: Call) {
    return this.reports.estimate(input, call);
  }

  @Handles(driftPartition)
  drift(input: Input<typeof driftPartition>, call: Call) {
    return this.reports.drift(input, call);
  }

  @Handles(yieldPartition)
  yield(input: Input<typeof yieldPartition>, call: Call) {
    return this.reports.yield(input, call);
  }

  @Handles(finishPartition)
  finish(input: Input<typeof finishPartition>, call: Call) {
    return this.reports.finish(input, call);
  }

  @Handles(failPartition)
  fail(input: Input<typeof failPartition>, call: Call) {
    return this.reports.fail(input, call);
  }
}
