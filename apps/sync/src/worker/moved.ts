import type { Comparison, finishPartition, Input } from '@millrace/contracts';
import type { CompiledStream, PartitionResult } from '../engine/index.js';

/** What became of a partition. */
export interface Moved {
  readonly result: PartitionResult;
  readonly stream: CompiledStream;
  readonly sealedPosition?: string;
  readonly comparison?: Comparison;
  /** The other streams that came through the same feed. */
  readonly members?: Input<typeof finishPartition>['members'];
}

/** What of a stream is read and passed on, dropped unread, and hashed. */
export function projectionOf({ columns, dropped, hashed }: CompiledStream) {
  return { projected: columns.map(({ name }) => name), dropped: [...dropped], hashed: [...hashed] };
}
