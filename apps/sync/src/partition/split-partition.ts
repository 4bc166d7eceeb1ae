import { type Input, type Output, type splitPartition } from '@millrace/contracts';
import { fromBase64url } from '@millrace/crypto';
import type { Call } from '@millrace/messaging';
import type { Admission } from '../admission/admission.js';
import { type PartitionRow, partitionsOf } from '../run/run-view.js';
import type { HeldPartitions } from './held-partitions.js';
import { partitions } from './partition.table.js';

/**
 * Makes several partitions of one, so that other workers share a long stream. The worker that holds it has read where to
 * part it; sync keeps the bounds sealed, under the key of the partition that was split, and hands them out.
 */
export class SplitPartition {
  constructor(
    private readonly held: HeldPartitions,
    private readonly admission: Admission,
  ) {}

  async execute(input: Input<typeof splitPartition>, call: Call): Promise<Output<typeof splitPartition>> {
    let isSplit = false;
    await this.held.within(input, call, async (tx, run, part) => {
      const parts = await partitionsOf(tx, run.id);
      isSplit = parts.filter(({ stream }) => stream === part.stream).length === 1;
      if (!isSplit) return { run, parts };
      const now = call.clock.now();
      const sealedState = fromBase64url(input.sealedState)!;
      await tx.table(partitions).update({ id: part.id }, { sealedState, touchedAt: now } as never);
      const siblings = input.siblings.map(({ partitionId, sealedState: sealed }): PartitionRow => ({
        ...part,
        id: partitionId,
        state: 'queued',
        fence: 0,
        attempt: 0,
        failures: 0,
        keyOf: part.id,
        sealedState: fromBase64url(sealed)!,
        needsApproval: false,
        offeredAt: null,
        touchedAt: now,
      }));
      await tx.table(partitions).insert(siblings as never);
      return { run, parts: await partitionsOf(tx, run.id) };
    });
    this.admission.kick();
    return { split: isSplit };
  }
}
