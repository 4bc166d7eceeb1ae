import type { Tx } from '@millrace/persistence';
import { invalidPipeline } from './check-pipeline.js';

/** Longest chain of pipelines that start one another. */
const MAX_CHAIN = 100;

/** @throws Problem `sync.invalid-pipeline` when the success of `name` would, in the end, start itself */
export async function refuseCircle(tx: Tx, name: string, runsAfter: string | null): Promise<void> {
  let earlier = runsAfter;
  for (let length = 0; earlier !== null; length++) {
    if (earlier === name || length > MAX_CHAIN)
      throw invalidPipeline([
        { path: '/schedule/after', message: 'These pipelines would start one another for ever. Break the circle.' },
      ]);
    const [row] = await tx.query<{ after: string | null }>('select runs_after as after from pipeline where name = $1', [
      earlier,
    ]);
    earlier = row?.after ?? null;
  }
}
