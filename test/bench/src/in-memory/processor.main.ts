import { stopwatch } from '@millrace/kernel';
import { boundMemory } from '../../../../apps/sync/dist/engine/move/bound-memory.js';
import type { ProcessorTask } from './processors.js';

// As a worker does: before anything else is loaded.
boundMemory();
const { mapOrders } = await import('./map-orders.js');

/** Nothing but arithmetic in registers: what the machine itself gives a second process. */
async function spin(rounds: number): Promise<void> {
  for (let round = 0, state = 1; round < rounds; round++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    if (state === round) await Promise.resolve();
  }
}

const WORK = { map: mapOrders, spin };
/** Compiled by then; what follows is the steady state. */
const WARM_UP_SHARE = 0.1;

// Whoever asked is gone.
process.on('disconnect', () => process.exit());
process.on('message', ({ work, amount }: ProcessorTask) => {
  const elapsed = stopwatch();
  void WORK[work](amount).then(() => process.send!({ elapsedMs: elapsed() }));
});
const { work, amount } = JSON.parse(process.argv[2]!) as ProcessorTask;
await WORK[work](Math.ceil(amount * WARM_UP_SHARE));
process.send!('ready');
