import type { KeyBounds } from '@millrace/connector-sdk';
import type { CompiledStream } from '../mapping/compiled-stream.js';

/** Keys of rejected records that are remembered per partition; with more the rest can only be read again by a full run. */
const MAX_REPLAYABLE = 10_000;

/** By the key alone, or by the cursor and then the key. */
export type ReadingOrder = 'key' | 'cursor';

/** Bytes of everything that is remembered of a partition: it travels in messages. */
const MAX_BYTES = 200_000;

/** A batch of which records were rejected: enough to read them again, nothing of what they said. */
export interface RejectedRange {
  readonly bounds: KeyBounds;
  /** Keyed fingerprints of the rejected records' keys. */
  readonly keys: readonly string[];
}

/** Everything that a replay needs to know. Its bounds come from the source: seal it wherever it is stored. */
export interface RejectedRanges {
  readonly version: 1;
  /** What the bounds speak of; another order makes them void. */
  readonly basis: string;
  readonly order: ReadingOrder;
  readonly ranges: readonly RejectedRange[];
  /** Whether more was rejected than could be remembered. */
  readonly truncated: boolean;
}

/** Collects what was rejected over the attempts at a partition. */
export class RejectedRangesCollector {
  private ranges: RejectedRange[] = [];
  private count = 0;
  private bytes = 0;
  private truncated = false;

  constructor(
    private readonly stream: CompiledStream,
    private readonly order: ReadingOrder,
    earlier: RejectedRanges | undefined,
  ) {
    for (const range of earlier?.ranges ?? []) this.add(range);
    this.truncated ||= earlier?.truncated ?? false;
  }

  /** Forgets what earlier attempts rejected, because this one reads it again. */
  startOver(): void {
    this.ranges = [];
    this.count = 0;
    this.bytes = 0;
    this.truncated = false;
  }

  add(range: RejectedRange): void {
    const keys = range.keys.slice(0, MAX_REPLAYABLE - this.count);
    this.truncated ||= keys.length < range.keys.length;
    if (keys.length === 0) return;
    this.bytes += JSON.stringify({ ...range, keys }).length;
    if (this.bytes > MAX_BYTES) {
      this.truncated = true;
      return;
    }
    this.count += keys.length;
    this.ranges.push({ ...range, keys });
  }

  get all(): RejectedRanges | undefined {
    const { stream, order, ranges, truncated } = this;
    return ranges.length > 0 ? { version: 1, basis: replayBasis(stream, order), order, ranges, truncated } : undefined;
  }
}

/** The stream and the fields whose values the bounds are made of. */
export function replayBasis({ partition, cursor }: CompiledStream, order: ReadingOrder): string {
  return JSON.stringify([partition.stream, order === 'cursor' ? cursor?.field : undefined, partition.key]);
}
