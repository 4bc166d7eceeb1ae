import { runBench } from './bench.js';
import { erase } from './compliance/erase.js';
import { sweep } from './compliance/sweep.js';
import { parseOptions } from './options.js';

await runBench(
  {
    name: 'compliance',
    contests: [sweep, erase],
    within: (options, note, work) => work({ options, note }),
    circumstances: ({ pairs }) => `medians of ${pairs} rounds`,
  },
  parseOptions(process.argv.slice(2)),
);
