import type { Arena } from '../arena.js';
import { rounded } from '../compete.js';
import type { Contest, Figures } from '../contest.js';
import { schedulePipelines } from '../schedule.js';

const PIPELINES = 1_000;

export const pipelines: Contest = {
  name: 'pipelines',
  figures: {
    pipelines_1000_s: {
      work: '1,000 pipelines of 100 rows, due at the same moment, over the whole platform: until the last run has ended',
      unit: 's',
      atMost: 60,
      aim: 30,
    },
    start_delay_p99_s: { work: 'from being due to being taken, 99th percentile', unit: 's', atMost: 20 },
  },
  measure,
};

async function measure(_arena: Arena): Promise<Figures> {
  const { allDoneSeconds, startDelayP99Seconds } = await schedulePipelines(PIPELINES);
  return { pipelines_1000_s: rounded(allDoneSeconds), start_delay_p99_s: rounded(startDelayP99Seconds) };
}
