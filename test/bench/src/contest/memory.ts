import type { Arena } from '../arena.js';
import type { Contest, Figures } from '../contest.js';
import { checkCopy, emptyCopy, fillPeople, peopleDocument } from '../people.js';

export const memory: Contest = {
  name: 'memory',
  figures: {
    peak_rss_mb_1m: {
      work: 'most memory (VmHWM) of the worker process over 1 M rows',
      unit: 'MB',
      atMost: 250,
      aim: 150,
    },
    peak_rss_mb_10m: { work: 'the same over 10 M rows', unit: 'MB', atMost: 250, aim: 150 },
    peak_rss_growth: { work: 'the second ÷ the first: 1 is flat', atMost: 1.1, aim: 1 },
  },
  measure,
};

async function measure(arena: Arena): Promise<Figures> {
  const { rows, largeRows } = arena.options;
  const small = await peakMb(arena, rows);
  if (largeRows === 0) return { peak_rss_mb_1m: small };
  const large = await peakMb(arena, largeRows);
  return { peak_rss_mb_1m: small, peak_rss_mb_10m: large, peak_rss_growth: Math.round((large / small) * 100) / 100 };
}

async function peakMb(arena: Arena, rows: number): Promise<number> {
  await fillPeople(arena, rows);
  await emptyCopy(arena);
  const report = await arena.move({ document: peopleDocument() });
  arena.note(`  ${rows} rows in ${Math.round(report.elapsedMs)} ms, ${report.checkpoints} checkpoints`);
  await checkCopy(arena);
  return Math.round(report.peakMb);
}
