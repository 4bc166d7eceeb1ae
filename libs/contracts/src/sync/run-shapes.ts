import { z } from 'zod';
import { f } from '../field.js';

export const runStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type RunState = (typeof runStates)[number];

export const runTriggers = ['person', 'schedule', 'pipeline'] as const;
export type RunTrigger = (typeof runTriggers)[number];

const cursorValue = () => z.union([f.instant(), f.count()]);

/** The stretch of a cursor that a backfill reads again, both ends included; the position of later runs does not move. */
export const Backfill = z.strictObject({ from: cursorValue().optional(), to: cursorValue().optional() });
export type Backfill = z.output<typeof Backfill>;

/** Counters of a run or of one stream of it: numbers only, never a record. */
export const Counts = z.strictObject({
  /** Records read from the source. */
  read: f.count(),
  /** Records durable in the target: the sum of the next five. */
  written: f.count(),
  inserted: f.count(),
  updated: f.count(),
  unchanged: f.count(),
  /** Written, but the target could not say how. */
  unknown: f.count(),
  /** Removed or marked in the target, because the source deleted them. */
  deleted: f.count(),
  rejected: f.count(),
  /** Fields that became null because a cast failed and the mapping says so. */
  nulled: f.count(),
  /** Bytes read from the source. */
  bytes: f.count(),
});
export type Counts = z.output<typeof Counts>;

/** What a comparison found of one stream: numbers and keyed fingerprints, never a record. */
export const Comparison = z.strictObject({
  source: f.count(),
  target: f.count(),
  /** Records of the source that the mapping rejects, and that the target therefore cannot have. */
  rejected: f.count(),
  /** Of 4,096 ranges of key fingerprints, those whose records are not the same on both sides. */
  differingRanges: f.count(),
  ranges: z.array(z.strictObject({ prefix: f.word(3), source: f.count(), target: f.count() })).max(100),
  /** Absent when more records differ than are told apart. */
  missing: f.count().optional(),
  extra: f.count().optional(),
  changed: f.count().optional(),
  /** Fingerprints of the keys of some records that differ. */
  samples: z.array(f.fingerprint()).max(20),
});
export type Comparison = z.output<typeof Comparison>;

export const runKinds = ['move', 'compare', 'measure'] as const;
export type RunKind = (typeof runKinds)[number];

export const StreamProgress = z.strictObject({
  stream: f.label(200),
  state: f.oneOf('queued', 'running', 'succeeded', 'failed', 'cancelled'),
  counts: Counts,
  /** Whether its next query waits until somebody approves that it goes over the budget. */
  needsApproval: f.boolean().optional(),
  /** In how many partitions it is moved, where that is more than one. */
  partitions: f.count().optional(),
  /** Rows that the source expects to give, where it can count. */
  expectedRows: f.count().optional(),
  /** Of a comparison that is done. */
  comparison: Comparison.optional(),
});

export const Run = z.strictObject({
  runId: f.id('run'),
  pipelineId: f.id('pipeline'),
  pipeline: f.label(),
  state: f.oneOf(...runStates),
  /** Whether it moves records, compares what both sides hold, or measures what the source holds. */
  kind: f.oneOf(...runKinds),
  trigger: f.oneOf(...runTriggers),
  /** The run whose rejected records this one moves again. */
  replayOf: f.id('run').optional(),
  counts: Counts,
  streams: z.array(StreamProgress),
  queuedAt: f.instant(),
  startedAt: f.instant().optional(),
  endedAt: f.instant().optional(),
  /** The problem that ended a failed run. */
  failure: z.strictObject({ code: f.code(), detail: f.machineText(500), stream: f.label(200).optional() }).optional(),
});
export type Run = z.output<typeof Run>;

/** What a worker states about the buffers that held records. */
export const Discard = z.strictObject({
  /** Buffers that ever held record bytes. */
  buffers: f.count(),
  /** Buffers overwritten with zeros and released. */
  released: f.count(),
  /** Most bytes held at one time. */
  peakBytes: f.count(),
  /** Whether nothing is held any more. */
  complete: f.boolean(),
});
export type Discard = z.output<typeof Discard>;

/** Rejected records that share stage, field and rule; keyed fingerprints instead of values. */
export const Reject = z.strictObject({
  stage: f.oneOf('mapping', 'target'),
  field: f.label(100).optional(),
  rule: f.code(),
  count: f.count(),
  fingerprints: z.array(f.fingerprint()).max(10),
});
export type Reject = z.output<typeof Reject>;

/** What a run did, for people and machines; digests instead of content. */
export const Receipt = z.strictObject({
  runId: f.id('run'),
  pipelineId: f.id('pipeline'),
  pipelineVersion: f.count(),
  mappingDigest: f.digest(),
  state: f.oneOf('succeeded', 'failed', 'cancelled'),
  startedAt: f.instant(),
  endedAt: f.instant(),
  streams: z.array(
    z.strictObject({
      stream: f.label(200),
      target: f.label(200),
      counts: Counts,
      /** Fields read and passed on, dropped unread, and hashed. */
      projected: z.array(f.label(100)),
      dropped: z.array(f.label(100)),
      hashed: z.array(f.label(100)),
      rejects: z.array(Reject),
      comparison: Comparison.optional(),
      /** What the worker states about the records it held; absent when no worker ever held any. */
      discard: Discard.optional(),
    }),
  ),
  /** SHA-256 of this receipt without this field, as the ledger entry `run.ended` holds it. */
  digest: f.digest(),
  ledgerEntryId: f.id('entry'),
});
export type Receipt = z.output<typeof Receipt>;
