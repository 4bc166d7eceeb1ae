import type { Arena } from '../arena.js';
import { compete, medianRatio } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { checkCopy, emptyCopy, fillPeople, peopleDocument } from '../people.js';

/**
 * What resumability costs. Both move the same first load with the same batches. The resumable one reads in the order of
 * the key up to a bound fixed beforehand, and seals a checkpoint after each batch and makes it durable before it goes
 * on; the other reads one unordered COPY without bounds and notes nothing, so that it would have to start over.
 */
export const resumable: Contest = {
  name: 'resumable',
  figures: {
    resumable_ratio: {
      work: 'first load in key order with a durable checkpoint after each batch: speed ÷ that of our own load in no order without checkpoints',
      atLeast: 0.9,
      aim: 1,
    },
  },
  measure,
};

async function measure(arena: Arena): Promise<Figures> {
  const { rows, pairs } = arena.options;
  await fillPeople(arena, rows);
  const load = async (unresumable: boolean) => {
    await emptyCopy(arena);
    const { elapsedMs, checkpoints } = await arena.move({ document: peopleDocument(), unresumable });
    if (unresumable !== (checkpoints === 0)) throw new Error('The load kept checkpoints, or none, against its task');
    await checkCopy(arena);
    return elapsedMs;
  };
  const times = await compete(pairs, { resumable: () => load(false), unresumable: () => load(true) }, arena.note);
  return { resumable_ratio: medianRatio(times.unresumable, times.resumable) };
}
