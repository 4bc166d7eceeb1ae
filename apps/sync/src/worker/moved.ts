import type { Comparison } from '@millrace/contracts';
import type { CompiledStream, PartitionResult } from '../engine/index.js';

/** What became of a partition. */
export interface Moved {
  readonly result: PartitionResult;
  readonly stream: CompiledStream;
  readonly sealedPosition?: string;
  readonly comparison?: Comparison;
}
