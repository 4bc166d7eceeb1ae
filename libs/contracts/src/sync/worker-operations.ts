import { z } from 'zod';
import { service } from '../caller.js';
import { f } from '../field.js';
import { operation } from '../operation.js';
import { syncProblems, vaultProblems } from '../problems.js';
import { previewCount } from './pipeline-operations.js';
import { MetricReport } from './metric-shapes.js';
import { Backfill, Comparison, Counts, Discard, Reject, runKinds } from './run-shapes.js';

export const previewOnWorker = operation({
  name: 'sync.worker.preview',
  summary: 'A worker maps a few live records and seals them to the key of the person who asked',
  input: z.strictObject({
    sourceTicket: f.sealedToken(),
    targetTicket: f.sealedToken(),
    document: f.document(),
    stream: f.count(),
    records: previewCount(),
    publicKey: f.sealed(64),
  }),
  output: z.strictObject({ sealed: f.sealed(500_000), /** What the source gave for it. */ bytes: f.count() }),
  access: service('sync'),
  servedBy: 'sync-worker',
  errors: [
    syncProblems.invalidPipeline,
    syncProblems.connectionFailed,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
  deadlineMs: 25_000,
});

export const resealState = operation({
  name: 'sync.state.reseal',
  summary: 'Seal an organization’s positions and the keys of its partitions with its newest data key',
  input: z.strictObject({ orgId: f.id('organization') }),
  output: z.strictObject({
    resealed: f.count(),
    /** Those that no key opens. */
    unreadable: f.count(),
  }),
  access: service('vault'),
  deadlineMs: 50_000,
});

/** What a worker names in every call about a partition. */
const held = { runId: f.id('run'), partitionId: f.id('partition'), fence: f.count() };

export const claimPartition = operation({
  name: 'sync.partition.claim',
  summary: 'Take over a partition: raises the fence, gives the plan, the bounds and two lease grants',
  input: z.strictObject({ runId: f.id('run'), partitionId: f.id('partition'), workerKey: f.sealed(64) }),
  output: z.strictObject({
    fence: f.count(),
    orgId: f.id('organization'),
    document: f.document(),
    stream: f.count(),
    /** The key of this partition's state, sealed to the worker's key; see `partitionKeyInfo`. */
    sealedKey: f.sealed(256),
    /** Bounds and last checkpoint as an earlier attempt left them, sealed with that key; see `partitionStateContext`. */
    sealedState: f.sealed(1_000_000).optional(),
    /** 1 for the first attempt. */
    attempt: f.count(),
    backfill: Backfill.optional(),
    /** What earlier attempts rejected, as they sealed it. */
    sealedRejects: f.sealed(1_000_000).optional(),
    /** Of a replay: the partition whose rejected records are moved again, with its key sealed to the worker. */
    replay: z
      .strictObject({ partitionId: f.id('partition'), sealedKey: f.sealed(256), sealedRejects: f.sealed(1_000_000) })
      .optional(),
    /** Whether somebody accepted that more is changed or deleted than the document allows. */
    acceptChanges: f.boolean(),
    /** Of streams that follow the source's log: the feed's name and the other streams that come through it. */
    follow: z
      .strictObject({
        feed: f.word(50),
        members: z.array(z.strictObject({ partitionId: f.id('partition'), stream: f.count() })).max(1_000),
      })
      .optional(),
    kind: f.oneOf(...runKinds),
    /** Whether each query needs an estimate first; see `estimatePartition`. */
    hasBudget: f.boolean(),
    /** Of a stream that metrics look over: the least size of a group that may be told of. */
    minimumGroupSize: f.count().optional(),
    /** Of the streams that this worker moves: a digest of the fields that the pipeline was made for. */
    shapes: z.array(z.strictObject({ stream: f.count(), digest: f.digest() })).max(1_000),
    /** Of a stream that is read incrementally: how far earlier runs came; see `positionStateContext`. */
    position: z
      .strictObject({
        positionId: f.id('position'),
        sealedKey: f.sealed(256),
        sealedState: f.sealed(65_536).optional(),
      })
      .optional(),
    sourceGrant: f.sealedToken(),
    targetGrant: f.sealedToken(),
  }),
  access: service('sync-worker'),
  errors: [syncProblems.runEnded, syncProblems.notNow, vaultProblems.connectionRevoked, vaultProblems.reconnectNeeded],
});

/** What was read and passed on, dropped unread, and hashed. */
const Projection = z.strictObject({
  projected: z.array(f.label(1_000)),
  dropped: z.array(f.label(1_000)),
  hashed: z.array(f.label(1_000)),
});

/** What became of another stream of the same feed. */
const MemberReport = z.strictObject({
  partitionId: f.id('partition'),
  counts: Counts,
  rejects: z.array(Reject).max(1_000),
});

export const checkpointPartition = operation({
  name: 'sync.partition.checkpoint',
  summary: 'Report what is committed in the target; the answer says whether to go on',
  input: z.strictObject({
    ...held,
    sealedState: f.sealed(1_000_000),
    counts: Counts,
    /** Rejects of this attempt so far. */
    rejects: z.array(Reject).max(1_000),
    expectedRows: f.count().optional(),
    /** Whether this attempt could not go on where an earlier one stopped, so that the counts of earlier ones are void. */
    startedOver: f.boolean().default(false),
    /** The other streams that come through the same feed. */
    members: z.array(MemberReport).max(1_000).optional(),
    /** Where the next run goes on, as far as this one has come. */
    sealedPosition: f.sealed(65_536).optional(),
    /** What was rejected so far in all attempts, sealed with the partition's key; absent when nothing was added. */
    sealedRejects: f.sealed(1_000_000).optional(),
  }),
  output: z.strictObject({ carryOn: f.boolean() }),
  access: service('sync-worker'),
  errors: [syncProblems.fenced, syncProblems.runEnded],
});

export const splitPartition = operation({
  name: 'sync.partition.split',
  summary: 'Make several partitions of one that is held and not begun, so that other workers share a long stream',
  input: z.strictObject({
    ...held,
    /** Of the partition that is held: the bounds that are left to it, sealed with its key. */
    sealedState: f.sealed(1_000_000),
    /** The others, under ids that the worker makes; their states are sealed with the same key, each bound to its id. */
    siblings: z
      .array(z.strictObject({ partitionId: f.id('partition'), sealedState: f.sealed(65_536) }))
      .min(1)
      .max(63),
  }),
  /** False where the stream is in several partitions already. */
  output: z.strictObject({ split: f.boolean() }),
  access: service('sync-worker'),
  errors: [syncProblems.fenced, syncProblems.runEnded],
});

export const driftPartition = operation({
  name: 'sync.partition.drift',
  summary:
    'Report that a stream’s fields are not what the pipeline was made for; sync decides by the document’s policy',
  input: z.strictObject({
    ...held,
    /** Index of the stream in the run's document. */
    stream: f.count(),
    fields: z.array(z.strictObject({ name: f.label(1_000), type: f.label(1_000), personal: f.boolean() })).max(10_000),
  }),
  output: z.strictObject({
    /** The stream's mapping as the run goes on; absent when it stays as it is. */
    mapping: f.document().optional(),
    /** Why the run stops, in words for its owner. */
    stop: f.machineText(500).optional(),
  }),
  access: service('sync-worker'),
  errors: [syncProblems.fenced, syncProblems.runEnded],
});

export const yieldPartition = operation({
  name: 'sync.partition.yield',
  summary: 'Give back a partition that was paused or whose worker stops; it goes on from its last checkpoint',
  input: z.strictObject({ ...held, discard: Discard.optional() }),
  output: z.strictObject({ accepted: f.boolean() }),
  access: service('sync-worker'),
  errors: [syncProblems.fenced, syncProblems.runEnded],
});

export const measurePartition = operation({
  name: 'sync.partition.measure',
  summary: 'Report what a metric has come to; it counts once the partition is done',
  input: z.strictObject({ ...held, report: MetricReport }),
  output: z.strictObject({ accepted: f.boolean() }),
  access: service('sync-worker'),
  errors: [syncProblems.fenced, syncProblems.runEnded, syncProblems.groupTooSmall],
});

export const finishPartition = operation({
  name: 'sync.partition.finish',
  summary: 'Report that a partition is done, with the discard attestation',
  input: z.strictObject({
    ...held,
    counts: Counts,
    rejects: z.array(Reject).max(1_000),
    projection: Projection,
    discard: Discard,
    startedOver: f.boolean().default(false),
    comparison: Comparison.optional(),
    members: z
      .array(MemberReport.extend({ projection: Projection }))
      .max(1_000)
      .optional(),
    /** Where the next run goes on, sealed with the position's key. */
    sealedPosition: f.sealed(65_536).optional(),
  }),
  output: z.strictObject({ accepted: f.boolean() }),
  access: service('sync-worker'),
  errors: [syncProblems.fenced, syncProblems.runEnded],
});

export const failPartition = operation({
  name: 'sync.partition.fail',
  summary: 'Report that a partition could not go on; sync decides between a retry and the end of the run',
  input: z.strictObject({
    ...held,
    code: f.code(),
    detail: f.machineText(500),
    retryable: f.boolean(),
    /** Absent when the attempt ended before it held any record. */
    discard: Discard.optional(),
  }),
  output: z.strictObject({ retry: f.boolean(), delayMs: f.count() }),
  access: service('sync-worker'),
  errors: [syncProblems.fenced, syncProblems.runEnded],
});

export const inspectConnection = operation({
  name: 'sync.worker.inspect',
  summary: 'A worker reaches a connection with a leased credential and answers with version and schema',
  input: z.strictObject({
    /** Compact JWS by sync, for itself: which connection a worker may ask a grant for, for a moment. */
    ticket: f.sealedToken(),
    want: f.oneOf('check', 'schema'),
    /** The streams in question; absent means all of them. */
    streams: z.array(f.label(1_000)).max(1_000).optional(),
  }),
  output: z.strictObject({ serverVersion: f.machineText(100), schema: f.document().optional() }),
  access: service('sync'),
  servedBy: 'sync-worker',
  errors: [syncProblems.connectionFailed, vaultProblems.connectionRevoked, vaultProblems.reconnectNeeded],
  deadlineMs: 20_000,
});

export const dropFeed = operation({
  name: 'sync.worker.dropfeed',
  summary: 'A worker tells a source to forget the log that it keeps for a pipeline of ours',
  input: z.strictObject({ ticket: f.sealedToken(), feed: f.word(50) }),
  output: z.strictObject({ dropped: f.boolean() }),
  access: service('sync'),
  servedBy: 'sync-worker',
  errors: [syncProblems.connectionFailed, vaultProblems.connectionRevoked, vaultProblems.reconnectNeeded],
  deadlineMs: 20_000,
});

export const grantInspection = operation({
  name: 'sync.worker.grant',
  summary: 'A worker asks for a lease grant for an inspection that sync started, bound to the worker’s key',
  input: z.strictObject({ ticket: f.sealedToken(), workerKey: f.sealed(64) }),
  output: z.strictObject({ grant: f.sealedToken() }),
  access: service('sync-worker'),
});

/** A decision of the egress guard, as `egress` records it. */
export const EgressEntry = z.strictObject({
  id: f.id('decision'),
  at: f.instant(),
  allowed: f.boolean(),
  code: f.code().optional(),
  purpose: f.word(),
  categories: z.array(f.word()).max(32),
  recipientKind: f.word(),
  recipientId: f.word(),
  scope: f.word().optional(),
});

export const recordEgress = operation({
  name: 'sync.egress.record',
  summary: 'Keep a decision of a worker’s egress guard before anything is sent',
  input: z.strictObject({ orgId: f.id('organization'), entry: EgressEntry }),
  output: z.strictObject({ recorded: f.boolean() }),
  access: service('sync-worker'),
});

/** What a partition's key is bound to when it is sealed to a worker. */
export const partitionKeyInfo = (partitionId: string, fence: number): Record<string, string> => ({
  use: 'partition-key',
  partitionId,
  fence: String(fence),
});

/** What a position's key is bound to when it is sealed to a worker. */
export const positionKeyInfo = (positionId: string, fence: number): Record<string, string> => ({
  use: 'position-key',
  positionId,
  fence: String(fence),
});

/** What a position, and its key at rest, are bound to. */
export const positionStateContext = (positionId: string): Record<string, string> => ({
  use: 'stream-position',
  positionId,
});

/** What a partition's state is bound to. */
export const partitionStateContext = (partitionId: string): Record<string, string> => ({
  use: 'partition-state',
  partitionId,
});

/** What the places of a partition's rejected records are bound to; they are sealed with the partition's key too. */
export const partitionRejectsContext = (partitionId: string): Record<string, string> => ({
  use: 'partition-rejects',
  partitionId,
});
