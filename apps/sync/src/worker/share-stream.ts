import { partitionStateContext, splitPartition } from '@millrace/contracts';
import { newId } from '@millrace/kernel';
import type { Runtime } from '@millrace/service';
import { type PartitionPlan, splitPlan, type Splitting } from '../engine/index.js';
import type { Held } from './checkpoint-reports.js';
import type { ClaimedState } from './claimed-state.js';

const SELF = { kind: 'service', name: 'sync-worker' } as const;

/** Lets other workers share a long stream that nobody has begun. Gives the plan of what is left to this one. */
export async function shareStream(
  { client, clock }: Runtime,
  held: Held,
  { state }: ClaimedState,
  splitting: Splitting,
): Promise<PartitionPlan> {
  const [own, ...others] = await splitPlan(splitting);
  if (others.length === 0) return own!;
  const siblings = others.map((plan) => {
    const partitionId = newId(clock);
    return { partitionId, sealedState: state.boundTo(partitionStateContext(partitionId)).seal({ plan }) };
  });
  const { split } = await client.call(
    splitPartition,
    { ...held, sealedState: state.seal({ plan: own! }), siblings },
    SELF,
  );
  return split ? own! : splitting.plan;
}
