import type { Input, measurePartition, Output } from '@millrace/contracts';
import type { Call } from '@millrace/messaging';
import type { Runtime } from '@millrace/service';
import type { HeldPartitions } from '../partition/held-partitions.js';
import { partitionsOf } from '../run/run-view.js';
import { minimumGroupSize } from './minimum-group-size.js';
import { recordResult } from './record-result.js';

/** What workers tell of the metrics over the streams that they hold. */
export class ReportMetric {
  constructor(
    private readonly runtime: Runtime,
    private readonly held: HeldPartitions,
  ) {}

  async execute(input: Input<typeof measurePartition>, call: Call): Promise<Output<typeof measurePartition>> {
    const minimum = minimumGroupSize(this.runtime.charter);
    await this.held.within(input, call, async (tx, run, part) => {
      await recordResult(tx, run, part, input.report, { minimum, clock: call.clock });
      return { run, parts: await partitionsOf(tx, run.id) };
    });
    return { accepted: true };
  }
}
