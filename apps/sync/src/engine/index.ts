export type {
  ChangeFollowing,
  ChangesReport,
  ChangesResult,
  FollowLimits,
  OpenedFeed,
} from './follow/change-following.js';
export { isMeasured, metricDigest } from './measure/measured-streams.js';
export { measureStream } from './measure/measure-stream.js';
export type { MetricOutcome } from './measure/metric-outcome.js';
export { StreamFold } from './measure/stream-fold.js';
export { type MetricDefinition, resultColumns } from './document/metric-definition.js';
export type { RejectCounts } from './move/reject-groups.js';
export { FOLLOW_LIMITS, followChanges, FollowFailed } from './follow/follow-changes.js';
export { type Comparison, compareStream } from './compare/compare-stream.js';
export { describeDrift, type DriftChange, type PresentField, settleDrift } from './drift/settle-drift.js';
export { shapeDigest, shapeOf, type StreamShape } from './drift/stream-shape.js';
export { detokenizes } from './document/detokenizes.js';
export { mappingDigest } from './document/mapping-digest.js';
export { type ParsedPipeline, parsePipeline } from './document/parse-pipeline.js';
export { CAST_TYPES, type CastType, type FieldMapping } from './document/field-mapping.js';
export { exceeds, limitOf } from './document/run-limits.js';
export { nextDue, type Schedule } from './document/schedule.js';
export { readingKind, type ReadingKind } from './document/stream-reading.js';
export { PipelineDocument, PRIORITIES, pipelineJsonSchema, type StreamMapping } from './document/pipeline-document.js';
export { type CompileContext, compilePipeline } from './mapping/compile-pipeline.js';
export type { CompiledStream } from './mapping/compiled-stream.js';
export type { FieldHasher, FieldTokenizer } from './mapping/field-keys.js';
export { validatePipeline } from './mapping/validate-pipeline.js';
export { DEFAULT_LIMITS, isRemembered, MoveFailed, movePartition, orderedPartition } from './move/move-partition.js';
export { nextPosition, type PartitionPlan, planPartition, type StreamPosition } from './move/plan-partition.js';
export { type RejectedRanges, RejectedRangesCollector } from './move/rejected-ranges.js';
export { type DeletionsDone, removeDeleted, sourceListing } from './move/remove-deleted.js';
export { type Splitting, splitPlan } from './move/split-plan.js';
export { replayOf } from './move/replay.js';
export type {
  Checkpoint,
  CheckpointReport,
  MoveCounts,
  MoveLimits,
  PartitionMove,
  PartitionResult,
  RejectGroup,
} from './move/partition-move.js';
export { type PreviewRecord, previewStream } from './preview/preview-stream.js';
