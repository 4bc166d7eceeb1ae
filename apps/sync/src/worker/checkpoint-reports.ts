import { checkpointPartition, type Counts, type Reject } from '@millrace/contracts';
import type { Runtime } from '@millrace/service';
import type { CheckpointReport, RejectedRanges, RejectedRangesCollector, RejectGroup } from '../engine/index.js';
import { mergeRejects } from '../partition/merge-rejects.js';
import type { z } from 'zod';
import { persistently } from './persistently.js';
import type { StateSealer } from './state-sealer.js';

const SELF = { kind: 'service', name: 'sync-worker' } as const;

/** What a worker names in every report about a partition that it holds. */
export interface Held {
  readonly runId: string;
  readonly partitionId: string;
  readonly fence: number;
}

type Report = z.input<(typeof checkpointPartition)['input']>;

interface MemberCounts {
  readonly counts: Counts;
  readonly rejects: Reject[];
}

/** What is moved was paused; it goes on from its last checkpoint once somebody lifts the pause. */
export class WorkPaused extends Error {
  override readonly name = 'WorkPaused';
}

/** Tells sync after each durable batch how far a partition has come. */
export class CheckpointReports {
  private rejects: Reject[] = [];
  private hasStartedOver = false;
  private last: Report | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly held: Held,
    private readonly about: {
      readonly rejects: StateSealer<RejectedRanges>;
      readonly collector: RejectedRangesCollector | undefined;
      readonly expectedRows: number | undefined;
    },
    private readonly signal: AbortSignal,
  ) {}

  /** @throws WorkPaused when the partition is to be given back */
  async add(
    { counts, rejects, startedOver, rejectedRange }: CheckpointReport,
    sealedState: string,
    sealedPosition?: string,
  ): Promise<void> {
    this.rejects = mergeRejects([...this.rejects, ...rejects.map(rejectOf)]);
    if (startedOver && !this.hasStartedOver) this.about.collector?.startOver();
    this.hasStartedOver = startedOver;
    if (rejectedRange) this.about.collector?.add(rejectedRange);
    const { collector, rejects: sealer } = this.about;
    const all = rejectedRange ? collector?.all : undefined;
    await this.send(sealedState, { ...counts }, startedOver, {
      ...(all ? { sealedRejects: sealer.seal(all) } : {}),
      ...(sealedPosition === undefined ? {} : { sealedPosition }),
    });
  }

  /** Says again what was said last, to hear whether to go on. @throws WorkPaused */
  async repeat(): Promise<void> {
    if (this.last) await this.tell(this.last);
  }

  async send(
    sealedState: string,
    counts: Counts,
    startedOver: boolean,
    more: Pick<Report, 'sealedRejects' | 'sealedPosition'> = {},
  ): Promise<void> {
    const { held, rejects } = this;
    const { expectedRows } = this.about;
    await this.tell({ ...held, sealedState, counts, rejects, expectedRows, startedOver, ...more });
  }

  /** The same for a feed: its lead, the other streams that come through it, and where the next run goes on. */
  async sendFeed(
    sealedState: string,
    { counts, rejects }: MemberCounts,
    members: readonly (MemberCounts & { readonly partitionId: string })[],
    sealedPosition: string | undefined,
  ): Promise<void> {
    const others = members.map((one) => ({ partitionId: one.partitionId, counts: one.counts, rejects: one.rejects }));
    const place = sealedPosition === undefined ? {} : { sealedPosition };
    await this.tell({ ...this.held, sealedState, counts, rejects, members: others, ...place });
  }

  private async tell(report: Report): Promise<void> {
    this.last = report;
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
