import { checkpointPartition, type Counts, type Reject } from '@millrace/contracts';
import { stopwatch } from '@millrace/kernel';
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

/**
 * A report costs both sides as much as moving a few hundred records. One that comes sooner after the one before waits so
 * long, or for the end, which says all of it. What a worker that dies has not told is moved again.
 */
const REPORT_EVERY_MS = 200;

/** Tells sync how far a partition has come: what is durable, at most so often. */
export class CheckpointReports {
  private rejects: Reject[] = [];
  private hasStartedOver = false;
  private last: Report | undefined;
  /** Not told yet. */
  private held: Report | undefined;
  private sinceLast = stopwatch();
  private timer: NodeJS.Timeout | undefined;
  /** Reports are told one after another. */
  private telling: Promise<unknown> = Promise.resolve();
  private readonly stop = new AbortController();

  constructor(
    private readonly runtime: Runtime,
    private readonly partition: Held,
    private readonly about: {
      readonly rejects: StateSealer<RejectedRanges>;
      readonly collector: RejectedRangesCollector | undefined;
      readonly expectedRows: number | undefined;
      /** What may be read is limited: no report is held back, since its answer says whether to read on. */
      readonly isLimited?: boolean;
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
    this.held = this.reportOf(sealedState, { ...counts }, startedOver, {
      ...(all ? { sealedRejects: sealer.seal(all) } : rejectsOf(this.held)),
      ...(sealedPosition === undefined ? {} : { sealedPosition }),
    });
    const rest = REPORT_EVERY_MS - this.sinceLast();
    if (rest <= 0 || this.about.isLimited) return this.flush();
    this.timer ??= setTimeout(() => void this.flush().catch((error: unknown) => this.stop.abort(error)), rest);
  }

  /** Aborted with its reason when a report that was held back says that the work is not to go on. */
  get lost(): AbortSignal {
    return this.stop.signal;
  }

  /** Tells what was held back. @throws WorkPaused */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.held) await this.tell(this.held);
    else await this.telling;
  }

  /** Tells what the report of the end does not say: where rejected records lie. @throws WorkPaused */
  async settle(): Promise<void> {
    clearTimeout(this.timer);
    if (this.held?.sealedRejects === undefined) {
      // Not told now, but what is said again while the work goes on without batches.
      this.last = this.held ?? this.last;
      this.held = undefined;
    }
    await this.flush();
  }

  /** Says what was held back, or again what was said last, to hear whether to go on. @throws WorkPaused */
  async repeat(): Promise<void> {
    const report = this.held ?? this.last;
    if (report) await this.tell(report);
  }

  async send(sealedState: string, counts: Counts, startedOver: boolean): Promise<void> {
    await this.tell(this.reportOf(sealedState, counts, startedOver));
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
    await this.tell({ ...this.partition, sealedState, counts, rejects, members: others, ...place });
  }

  private reportOf(
    sealedState: string,
    counts: Counts,
    startedOver: boolean,
    more: Pick<Report, 'sealedRejects' | 'sealedPosition'> = {},
  ): Report {
    const { partition, rejects } = this;
    const { expectedRows } = this.about;
    return { ...partition, sealedState, counts, rejects, expectedRows, startedOver, ...more };
  }

  private tell(report: Report): Promise<void> {
    this.last = report;
    this.held = undefined;
    this.sinceLast = stopwatch();
    const told = this.telling.then(() => this.call(report));
    this.telling = told.catch(() => undefined);
    return told;
  }

  private async call(report: Report): Promise<void> {
    const { carryOn } = await persistently(
      () => this.runtime.client.call(checkpointPartition, report, SELF),
      this.signal,
    );
    if (!carryOn) throw new WorkPaused('The work is paused');
  }
}

function rejectsOf(report: Report | undefined): Pick<Report, 'sealedRejects'> {
  return report?.sealedRejects === undefined ? {} : { sealedRejects: report.sealedRejects };
}

/** Without the bounds, which are positions, and the stream, which the partition names. */
export function rejectOf({ stage, field, rule, count, fingerprints }: Omit<RejectGroup, 'bounds'>): Reject {
  return { stage, field, rule, count, fingerprints: [...fingerprints] };
}
