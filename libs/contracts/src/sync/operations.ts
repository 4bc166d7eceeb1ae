import { z } from 'zod';
import { permission, service } from '../caller.js';
import { f } from '../field.js';
import { del, get, operation, post, put } from '../operation.js';
import { syncProblems, vaultProblems } from '../problems.js';

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

export const runKinds = ['move', 'compare'] as const;
export type RunKind = (typeof runKinds)[number];

export const StreamProgress = z.strictObject({
  stream: f.label(200),
  state: f.oneOf('queued', 'running', 'succeeded', 'failed', 'cancelled'),
  counts: Counts,
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
  /** Whether it moves records or compares what both sides hold. */
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

export const Pipeline = z.strictObject({
  pipelineId: f.id('pipeline'),
  name: f.label(),
  version: f.count(),
  digest: f.digest(),
  document: f.document(),
  /** When its schedule starts it next. */
  nextRunAt: f.instant().optional(),
  updatedAt: f.instant(),
});
export type Pipeline = z.output<typeof Pipeline>;

export const DiscoveredStream = z.strictObject({
  stream: f.label(200),
  key: z.array(f.label(100)),
  estimatedRows: f.count().optional(),
  fields: z.array(
    z.strictObject({
      name: f.label(100),
      type: f.label(100),
      nullable: f.boolean(),
      /** What the field probably holds, guessed from its name and type. */
      privacy: f.oneOf('personal', 'sensitive', 'none'),
    }),
  ),
});

const pipelineByName = z.strictObject({ name: f.label() });
const runById = z.strictObject({ runId: f.id('run') });
const connectionById = z.strictObject({ connectionId: f.id('connection') });

export const checkConnection = operation({
  name: 'sync.connection.check',
  summary: 'Reach the other system with the stored credential and say what it allows',
  http: post('/api/v1/connections/{connectionId}/check'),
  input: connectionById,
  output: z.strictObject({ reachable: f.boolean(), serverVersion: f.machineText(100) }),
  access: permission('connections.read'),
  errors: [syncProblems.connectionFailed, syncProblems.noWorker, vaultProblems.connectionRevoked],
  deadlineMs: 20_000,
});

export const discoverConnection = operation({
  name: 'sync.connection.discover',
  summary: 'The streams and fields that a connection offers; names and types only, no record',
  http: get('/api/v1/connections/{connectionId}/schema'),
  input: connectionById,
  output: z.strictObject({ streams: z.array(DiscoveredStream) }),
  access: permission('connections.read'),
  errors: [syncProblems.connectionFailed, syncProblems.noWorker, vaultProblems.connectionRevoked],
  deadlineMs: 20_000,
});

export const applyPipeline = operation({
  name: 'sync.pipeline.apply',
  summary: 'Create a pipeline or change it to the given document; every fault is reported at once',
  http: put('/api/v1/pipelines/{name}'),
  input: z.strictObject({ name: f.label(), document: f.document() }),
  output: z.strictObject({ pipeline: Pipeline, change: f.oneOf('created', 'updated', 'unchanged') }),
  access: permission('pipelines.write'),
  audit: 'pipeline.applied',
  errors: [
    syncProblems.invalidPipeline,
    syncProblems.detokenizeRefused,
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    vaultProblems.connectionRevoked,
  ],
  deadlineMs: 30_000,
});

export const listPipelines = operation({
  name: 'sync.pipeline.list',
  summary: 'The pipelines of your organization',
  http: get('/api/v1/pipelines'),
  input: z.strictObject({}),
  output: z.strictObject({ pipelines: z.array(Pipeline) }),
  access: permission('pipelines.read'),
});

export const readPipeline = operation({
  name: 'sync.pipeline.read',
  summary: 'One pipeline with its document',
  http: get('/api/v1/pipelines/{name}'),
  input: pipelineByName,
  output: Pipeline,
  access: permission('pipelines.read'),
});

export const deletePipeline = operation({
  name: 'sync.pipeline.delete',
  summary: 'Delete a pipeline with its checkpoints; receipts of past runs stay for as long as the charter keeps them',
  http: del('/api/v1/pipelines/{name}'),
  input: pipelineByName,
  output: z.strictObject({ pipelineId: f.id('pipeline') }),
  access: permission('pipelines.write'),
  audit: 'pipeline.deleted',
  errors: [syncProblems.runActive],
});

export const startRun = operation({
  name: 'sync.run.start',
  summary: 'Run a pipeline now',
  http: post('/api/v1/pipelines/{name}/runs', { status: 202 }),
  input: z.strictObject({
    name: f.label(),
    /** Names of source streams; absent means all. */
    streams: z.array(f.label(1_000)).min(1).max(1_000).optional(),
    /** Reads this stretch of the cursor again. */
    backfill: Backfill.optional(),
    /** Goes beyond the document's limits for changed and deleted records, this once. */
    acceptChanges: f.boolean().default(false),
  }),
  output: Run,
  access: permission('runs.start'),
  audit: 'run.started',
  errors: [
    syncProblems.runActive,
    syncProblems.invalidPipeline,
    syncProblems.detokenizeRefused,
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    vaultProblems.connectionRevoked,
  ],
  deadlineMs: 30_000,
});

export const comparePipeline = operation({
  name: 'sync.pipeline.compare',
  summary:
    'Compare source and target by counts and keyed fingerprints; ranges that differ are named, no record leaves a worker',
  http: post('/api/v1/pipelines/{name}/compare', { status: 202 }),
  input: z.strictObject({ name: f.label(), streams: z.array(f.label(1_000)).min(1).max(1_000).optional() }),
  output: Run,
  access: permission('runs.start'),
  audit: 'run.started',
  errors: [syncProblems.runActive, syncProblems.notComparable, vaultProblems.connectionRevoked],
});

/** Records of a preview. */
const previewCount = () => f.integer(1, 20).default(5);

export const previewPipeline = operation({
  name: 'sync.pipeline.preview',
  summary:
    'A few live records before and after the mapping of a document. They are sealed by the worker to your key: nothing on the way, and nothing of ours, can read them.',
  http: post('/api/v1/pipelines/preview'),
  input: z.strictObject({
    document: f.document(),
    /** Name of the source stream; the document's first when absent. */
    stream: f.label(1_000).optional(),
    records: previewCount(),
    /** Your X25519 public key, base64url, made for this one answer. */
    publicKey: f.sealed(64),
  }),
  output: z.strictObject({
    stream: f.label(1_000),
    /** JSON of the records, sealed (HPKE, RFC 9180); see `previewInfo`. */
    sealed: f.sealed(500_000),
  }),
  access: permission('records.preview'),
  audit: 'pipeline.previewed',
  errors: [
    syncProblems.invalidPipeline,
    syncProblems.detokenizeRefused,
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    vaultProblems.connectionRevoked,
  ],
  deadlineMs: 30_000,
});

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
  output: z.strictObject({ sealed: f.sealed(500_000) }),
  access: service('sync'),
  servedBy: 'sync-worker',
  errors: [syncProblems.invalidPipeline, syncProblems.connectionFailed, vaultProblems.connectionRevoked],
  deadlineMs: 25_000,
});

/** What the records of a preview are bound to when they are sealed to a person's key. */
export const previewInfo = (stream: string): Record<string, string> => ({ use: 'preview', stream });

export const replayRun = operation({
  name: 'sync.run.replay',
  summary: 'Read the records again that a run rejected, and move them as the pipeline says now',
  http: post('/api/v1/runs/{runId}/replay', { status: 202 }),
  input: runById,
  output: Run,
  access: permission('runs.start'),
  audit: 'run.started',
  errors: [syncProblems.runActive, syncProblems.nothingToReplay, vaultProblems.connectionRevoked],
});

export const resetStream = operation({
  name: 'sync.stream.reset',
  summary: 'Forget how far a stream was read: the next run reads all of it. The target stays as it is until then.',
  http: post('/api/v1/pipelines/{name}/reset'),
  input: z.strictObject({ name: f.label(), stream: f.label(1_000) }),
  output: z.strictObject({ stream: f.label(1_000), hadPosition: f.boolean() }),
  access: permission('pipelines.write'),
  audit: 'stream.reset',
  errors: [syncProblems.runActive],
});

/** What a pause holds up. An operator may also pause a provider, or everything in the region. */
export const pauseScopes = ['organization', 'pipeline', 'connection', 'provider', 'region'] as const;
export type PauseScope = (typeof pauseScopes)[number];

export const Pause = z.strictObject({
  pauseId: f.id('pause'),
  scope: f.oneOf(...pauseScopes),
  /** Name of the pipeline, id of the connection, or name of the provider. */
  target: f.label(200).optional(),
  since: f.instant(),
});
export type Pause = z.output<typeof Pause>;

export const pauseWork = operation({
  name: 'sync.pause.set',
  summary:
    'Hold up all work of your organization, of a pipeline or of a connection; what is under way stops at its last checkpoint',
  http: post('/api/v1/pauses', { status: 201 }),
  input: z.strictObject({ scope: f.oneOf('organization', 'pipeline', 'connection'), target: f.label(200).optional() }),
  output: Pause,
  access: permission('runs.start'),
  audit: 'work.paused',
  errors: [vaultProblems.connectionRevoked],
});

export const resumeWork = operation({
  name: 'sync.pause.lift',
  summary: 'End a pause: work goes on from its last checkpoint',
  http: del('/api/v1/pauses/{pauseId}'),
  input: z.strictObject({ pauseId: f.id('pause') }),
  output: z.strictObject({ pauseId: f.id('pause') }),
  access: permission('runs.start'),
  audit: 'work.resumed',
});

export const listPauses = operation({
  name: 'sync.pause.list',
  summary: 'What your organization holds up',
  http: get('/api/v1/pauses'),
  input: z.strictObject({}),
  output: z.strictObject({ pauses: z.array(Pause) }),
  access: permission('runs.read'),
});

export const pauseRegion = operation({
  name: 'sync.region.pause',
  summary: 'Hold up all work of a region, or all that touches a provider',
  input: z.strictObject({ provider: f.word().optional() }),
  output: Pause,
  access: service('operator'),
  audit: 'work.paused',
});

export const resumeRegion = operation({
  name: 'sync.region.resume',
  summary: 'End an operator’s pause of the region or of a provider',
  input: z.strictObject({ provider: f.word().optional() }),
  output: z.strictObject({ lifted: f.count() }),
  access: service('operator'),
  audit: 'work.resumed',
});

export const listRuns = operation({
  name: 'sync.run.list',
  summary: 'The latest runs of a pipeline, newest first',
  http: get('/api/v1/pipelines/{name}/runs'),
  input: z.strictObject({ name: f.label(), limit: f.integer(1, 200).default(50) }),
  output: z.strictObject({ runs: z.array(Run) }),
  access: permission('runs.read'),
});

export const readRun = operation({
  name: 'sync.run.read',
  summary: 'One run: state, counters, failure',
  http: get('/api/v1/runs/{runId}'),
  input: runById,
  output: Run,
  access: permission('runs.read'),
});

export const watchRun = operation({
  name: 'sync.run.watch',
  summary: 'Live progress of a run as server-sent events, until it ends; numbers only',
  http: get('/api/v1/runs/{runId}/live', { live: { topic: 'run', id: 'runId' } }),
  input: runById,
  output: Run,
  access: permission('runs.read'),
});

export const cancelRun = operation({
  name: 'sync.run.cancel',
  summary: 'Stop a run; what was committed in the target stays, and the next run goes on from there',
  http: post('/api/v1/runs/{runId}/cancel'),
  input: runById,
  output: Run,
  access: permission('runs.start'),
  audit: 'run.cancelled',
  errors: [syncProblems.runEnded],
});

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

export const readReceipt = operation({
  name: 'sync.run.receipt',
  summary: 'The receipt of a run that has ended',
  http: get('/api/v1/runs/{runId}/receipt'),
  input: runById,
  output: Receipt,
  access: permission('runs.read'),
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
  errors: [syncProblems.runEnded, vaultProblems.connectionRevoked],
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

export const yieldPartition = operation({
  name: 'sync.partition.yield',
  summary: 'Give back a partition that was paused or whose worker stops; it goes on from its last checkpoint',
  input: z.strictObject({ ...held, discard: Discard.optional() }),
  output: z.strictObject({ accepted: f.boolean() }),
  access: service('sync-worker'),
  errors: [syncProblems.fenced, syncProblems.runEnded],
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
  errors: [syncProblems.connectionFailed, vaultProblems.connectionRevoked],
  deadlineMs: 20_000,
});

export const dropFeed = operation({
  name: 'sync.worker.dropfeed',
  summary: 'A worker tells a source to forget the log that it keeps for a pipeline of ours',
  input: z.strictObject({ ticket: f.sealedToken(), feed: f.word(50) }),
  output: z.strictObject({ dropped: f.boolean() }),
  access: service('sync'),
  servedBy: 'sync-worker',
  errors: [syncProblems.connectionFailed, vaultProblems.connectionRevoked],
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
