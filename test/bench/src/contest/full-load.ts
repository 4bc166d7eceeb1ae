import type { Arena } from '../arena.js';
import { compete, medianRatio, rowsPerSecond } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { checkCopy, COPY, emptyCopy, fillPeople, NATIVE_SELECT, olderCopy, peopleDocument } from '../people.js';
import { nativePipe } from '../psql.js';

export const fullLoad: Contest = {
  name: 'full-load',
  figures: {
    full_load_ratio: {
      work: 'first load with renames, casts and a drop: speed ÷ that of a binary COPY pipe that does the same',
      atLeast: 0.8,
      aim: 0.95,
    },
    replace_ratio: {
      work: 'the same in place of a filled table, swapped in one step: speed ÷ that of the pipe into an empty one',
      atLeast: 0.8,
      aim: 0.95,
    },
    full_load_rows_per_s: { work: 'the first load', unit: 'rows/s' },
    replace_rows_per_s: { work: 'the replacing load', unit: 'rows/s' },
    native_rows_per_s: { work: 'the pipe', unit: 'rows/s' },
  },
  measure,
};

async function measure(arena: Arena): Promise<Figures> {
  const { rows, pairs } = arena.options;
  await fillPeople(arena, rows);
  const times = await compete(
    pairs,
    { ours: () => firstLoad(arena), replace: () => replace(arena), native: () => native(arena) },
    arena.note,
  );
  return {
    full_load_ratio: medianRatio(times.native, times.ours),
    replace_ratio: medianRatio(times.native, times.replace),
    full_load_rows_per_s: rowsPerSecond(rows, times.ours),
    replace_rows_per_s: rowsPerSecond(rows, times.replace),
    native_rows_per_s: rowsPerSecond(rows, times.native),
  };
}

async function firstLoad(arena: Arena): Promise<number> {
  await emptyCopy(arena);
  const { elapsedMs } = await arena.move({ document: peopleDocument() });
  await checkCopy(arena);
  return elapsedMs;
}

/** The harder case: another set is there and is read until the last moment. */
async function replace(arena: Arena): Promise<number> {
  await olderCopy(arena);
  const { elapsedMs } = await arena.move({ document: peopleDocument({ mode: 'replace' }) });
  await checkCopy(arena);
  return elapsedMs;
}

async function native(arena: Arena): Promise<number> {
  await emptyCopy(arena);
  const elapsedMs = await nativePipe({ ...arena, select: NATIVE_SELECT }, COPY);
  await checkCopy(arena);
  return elapsedMs;
}
