import type { Counts, Reject } from '@millrace/contracts';
import type { DiscardAttestation } from '@millrace/connector-sdk';
import {
  type ChangesReport,
  type CompiledStream,
  followChanges,
  FollowFailed,
  type MoveCounts,
  movePartition,
  type PipelineDocument,
  planPartition,
} from '../engine/index.js';
import { mergeRejects } from '../partition/merge-rejects.js';
import { NO_COUNTS, sumCounts } from '../run/run-counts.js';
import { type CheckpointReports, rejectOf } from './checkpoint-reports.js';
import type { Claim, ClaimedState, FollowState } from './claimed-state.js';
import { compileBetween } from './compile-between.js';
import { sumDiscards } from './failure.js';
import type { FollowDrift } from './follow-drift.js';
import { type Moved, projectionOf } from './moved.js';
import type { OpenSystem } from './system-sessions.js';

/** How long a run goes on that follows the log without an end, before its receipt is written and the next takes over. */
const CONTINUOUS_RUN_MS = 3_600_000;
/** How often sync is asked whether to go on. In milliseconds. */
const ASK_EVERY_MS = 5_000;
/** The position speaks of this kind of reading; another makes it void. */
const BASIS = 'changes';

export interface FollowWork {
  readonly claim: Claim;
  readonly claimed: ClaimedState;
  readonly partitionId: string;
  readonly systems: readonly [OpenSystem, OpenSystem];
  readonly reports: CheckpointReports;
  readonly drift: FollowDrift;
  readonly signal: AbortSignal;
}

interface Member {
  readonly partitionId: string;
  readonly stream: CompiledStream;
  counts: Counts;
  rejects: Reject[];
}

/** The streams of a pipeline that follow the source's log: their snapshots first, then what the log tells since. */
export class FollowClaimed {
  private state: FollowState = { snapshots: {} };
  private readonly members: Member[] = [];
  private readonly discards: DiscardAttestation[] = [];

  constructor(private readonly work: FollowWork) {}

  async execute(): Promise<Moved> {
    await this.prepare();
    const { claim, claimed, partitionId, systems } = this.work;
    const [source, target] = systems;
    const stopped = new AbortController();
    const timer = setTimeout(() => stopped.abort(TURN), CONTINUOUS_RUN_MS);
    // Where nothing changes nothing is reported: whoever cancels, pauses or takes over is heard all the same.
    const alive = setInterval(() => void this.report().catch((error) => stopped.abort(error)), ASK_EVERY_MS);
    try {
      const { discard } = await followChanges({
        streams: this.members.map(({ stream }) => stream),
        source: source.session,
        target: target.session,
        feed: claim.follow!.feed,
        ...this.place(),
        ignoreMark: writeBackMark(claim.orgId),
        writeId: partitionId,
        signal: AbortSignal.any([this.work.signal, stopped.signal]),
        beforeChanges: ({ created }) => this.readSnapshots(created),
        onCheckpoint: (report) => this.changesReported(report),
      });
      this.discards.push(discard);
    } catch (error) {
      // Its turn is over: what it has reported is done, and the next run goes on from there.
      if (!(error instanceof FollowFailed) || error.reason !== TURN) throw error;
      this.discards.push(error.result.discard);
    } finally {
      clearTimeout(timer);
      clearInterval(alive);
    }
    return this.moved(claimed);
  }

  private async prepare(): Promise<void> {
    const { claim, claimed, partitionId, systems, signal, drift } = this.work;
    const document = claim.document as unknown as PipelineDocument;
    const all = [{ partitionId, stream: claim.stream }, ...claim.follow!.members];
    for (const one of all) {
      const { stream } = await compileBetween(document, one.stream, systems, signal, drift);
      this.members.push({ partitionId: one.partitionId, stream, counts: NO_COUNTS, rejects: [] });
    }
    const known = claimed.known?.follow;
    const position = claimed.knownPosition?.basis === BASIS ? claimed.knownPosition : undefined;
    const [after] = position?.after ?? [];
    const { schedule } = document;
    const goesOn = schedule !== undefined && 'continuously' in schedule;
    const upTo = goesOn ? undefined : (known?.upTo ?? (await systems[0].session.log?.logEnd(signal)));
    this.state = {
      ...(upTo === undefined ? {} : { upTo }),
      ...(after === undefined ? {} : { after }),
      snapshots: position?.snapshots ?? {},
      ...known,
    };
    await this.report();
  }

  private place() {
    const { upTo, after } = this.state;
    // Without a complete snapshot the log is told from the feed's start.
    const isRead = this.members.every(({ stream }) => this.hasSnapshot(stream));
    return { ...(upTo === undefined ? {} : { upTo }), ...(after !== undefined && isRead ? { after } : {}) };
  }

  private hasSnapshot(stream: CompiledStream): boolean {
    return this.state.snapshots[stream.name] === selectionOf(stream);
  }

  /** A feed that had to be made anew has not told what happened before: no earlier snapshot counts any more. */
  private async readSnapshots(created: boolean): Promise<void> {
    if (created) {
      const { upTo } = this.state;
      this.state = { ...(upTo === undefined ? {} : { upTo }), snapshots: {} };
    }
    for (const member of this.members) if (!this.hasSnapshot(member.stream)) await this.readSnapshot(member);
  }

  private async readSnapshot(member: Member): Promise<void> {
    const { claimed, claim, systems, signal } = this.work;
    const { stream } = member;
    const [source, target] = [systems[0].session, systems[1].session];
    const begun = this.state.reading?.stream === stream.name ? this.state.reading : undefined;
    const plan = begun?.plan ?? (await planPartition({ stream, source, position: undefined, signal }));
    const before = member.counts;
    const result = await movePartition({
      stream,
      source,
      target,
      ...plan,
      writeId: member.partitionId,
      resumeFrom: begun?.checkpoint,
      marks: { seal: (checkpoint) => claimed.state.seal({ plan, checkpoint }), open: neverMarked },
      attempt: claim.attempt,
      signal,
      onCheckpoint: async ({ checkpoint, counts, rejects }) => {
        member.counts = sumCounts([before, counts]);
        member.rejects = mergeRejects([...member.rejects, ...rejects.map(rejectOf)]);
        this.state = { ...this.state, reading: { stream: stream.name, plan, checkpoint } };
        await this.report();
      },
    });
    this.discards.push(result.discard);
    const { reading: _, ...rest } = this.state;
    this.state = { ...rest, snapshots: { ...rest.snapshots, [stream.name]: selectionOf(stream) } };
    await this.report();
  }

  private async changesReported({ position, counts, rejects }: ChangesReport): Promise<void> {
    this.state = { ...this.state, after: position };
    for (const member of this.members) {
      const changed = counts[member.stream.name];
      if (changed) member.counts = sumCounts([this.beforeChanges(member), changed]);
      const own = rejects.filter(({ stream }) => stream === member.stream.name);
      if (own.length > 0) member.rejects = mergeRejects([...member.rejects, ...own.map(rejectOf)]);
    }
    await this.report();
  }

  /** What the snapshot counted, noted when the first changes are reported. */
  private readonly snapshotCounts = new Map<Member, Counts>();
  private beforeChanges(member: Member): Counts {
    const counts = this.snapshotCounts.get(member) ?? member.counts;
    this.snapshotCounts.set(member, counts);
    return counts;
  }

  /** @throws WorkPaused when the work is to be given back */
  private async report(): Promise<void> {
    const { claimed, reports } = this.work;
    const [lead, ...members] = this.members;
    const sealed = claimed.state.seal({ plan: NO_PLAN, follow: this.state });
    const { after } = this.state;
    await reports.sendFeed(sealed, lead!, members, after === undefined ? undefined : this.sealedPosition(after));
  }

  private sealedPosition(after: string): string {
    // A stream that is not moved now misses what the log tells: when it comes back, it is read anew.
    const snapshots = Object.fromEntries(
      this.members.flatMap(({ stream }) => {
        const selection = this.state.snapshots[stream.name];
        return selection === undefined ? [] : [[stream.name, selection]];
      }),
    );
    return this.work.claimed.position!.seal({ version: 1, basis: BASIS, after: [after], snapshots });
  }

  private moved({ position }: ClaimedState): Moved {
    const [lead, ...others] = this.members;
    const { after } = this.state;
    const result = {
      counts: lead!.counts as MoveCounts,
      rejected: lead!.rejects.map((one) => ({ ...one, stream: lead!.stream.name })),
      startedOver: false,
      discard: sumDiscards(this.discards),
    };
    return {
      result,
      stream: lead!.stream,
      members: others.map(({ partitionId, counts, rejects, stream }) => ({
        partitionId,
        counts,
        rejects,
        projection: projectionOf(stream),
      })),
      ...(position && after !== undefined ? { sealedPosition: this.sealedPosition(after) } : {}),
    };
  }
}

const TURN = new Error('Another run takes over');
const NO_PLAN = { order: 'key', bounds: {} } as const;

/** A word in the target's log that says: this was written back by the organization, do not tell it as a change. */
export const writeBackMark = (orgId: string): string => `write-back:${orgId}`;

/** What is read of a stream; with another selection its snapshot has to be read anew. */
function selectionOf({ partition, columns, target }: CompiledStream): string {
  return JSON.stringify([partition.projection, columns.map(({ name }) => name), target]);
}

/** A snapshot is written by key, which needs no mark. */
const neverMarked = (): never => {
  throw new Error('The target remembers a write that nobody marked');
};
