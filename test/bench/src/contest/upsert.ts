import type { Arena } from '../arena.js';
import { compete, medianRatio, rowsPerSecond } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { checkCopy, COPIED_COLUMNS, COPY, fillPeople, NATIVE_SELECT, olderCopy, peopleDocument } from '../people.js';
import { nativeUpsert } from '../psql.js';

export const upsert: Contest = {
  name: 'upsert',
  figures: {
    upsert_ratio: {
      work: 'upsert of all rows, each changed, into a filled target: speed ÷ that of binary COPY into a temporary table and INSERT … ON CONFLICT DO UPDATE with psql',
      atLeast: 1,
      aim: 1.2,
    },
    upsert_rows_per_s: { work: 'our upsert', unit: 'rows/s' },
  },
  measure,
};

async function measure(arena: Arena): Promise<Figures> {
  const { rows, pairs } = arena.options;
  await fillPeople(arena, rows);
  const ours = async () => {
    await olderCopy(arena);
    const { elapsedMs } = await arena.move({ document: peopleDocument() });
    await checkCopy(arena);
    return elapsedMs;
  };
  const native = async () => {
    await olderCopy(arena);
    const elapsedMs = await nativeUpsert({ ...arena, select: NATIVE_SELECT }, COPY, COPIED_COLUMNS);
    await checkCopy(arena);
    return elapsedMs;
  };
  const times = await compete(pairs, { ours, native }, arena.note);
  return {
    upsert_ratio: medianRatio(times.native, times.ours),
    upsert_rows_per_s: rowsPerSecond(rows, times.ours),
  };
}
