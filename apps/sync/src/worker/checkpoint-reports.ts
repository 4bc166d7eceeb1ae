import { checkpointPartition, type Counts, type Reject } from '@millrace/contracts';
import type { Runtime } from '@millrace/service';
import type { CheckpointReport, RejectGroup } from '../engine/index.js';
import { mergeRejects } from '../partition/merge-rejects.js';
import { persistently } from './persistently.js';

const SELF = { kind: 'service', name: 'sync-worker' } as const;

/** What a worker names in every report about a partition that it holds. */
export interface Held {
  readonly runId: string;
  readonly partitionId: string;
  readonly fence: number;
}

/** What is moved was paused; it goes on from its last checkpoint once somebody lifts the pause. */
export class WorkPaused extends Error {
  override readonly name = 'WorkPaused';
}

/** Tells sync after each durable batch how far a partition has come. */
export class CheckpointReports {
  private rejects: Reject[] = [];

  constructor(
    private readonly runtime: Runtime,
    private readonly held: Held,
    private readonly expectedRows: number | undefined,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws WorkPaused when the partition is to be given back */
  async add({ counts, rejects, startedOver }: CheckpointReport, sealedState: string): Promise<void> {
    this.rejects = mergeRejects([...this.rejects, ...rejects.map(rejectOf)]);
    await this.send(sealedState, { ...counts }, startedOver);
  }

  async send(sealedState: string, counts: Counts, startedOver: boolean): Promise<void> {
    const { held, rejects, expectedRows } = this;
    const report = { ...held, sealedState, counts, rejects, expectedRows, startedOver };
    const { carryOn } = await persistently(
      () => this.runtime.client.call(checkpointPartition, report, SELF),
      this.signal,
    );
    if (!carryOn) throw new WorkPaused('The work is paused');
  }
}

/** Without the bounds, which are positions, and the stream, which the partition names. */
export function rejectOf({ stage, field, rule, count, fingerprints }: Omit<RejectGroup, 'bounds'>): Reject {
  return { stage, field, rule, count, fingerprints: [...fingerprints] };
}
