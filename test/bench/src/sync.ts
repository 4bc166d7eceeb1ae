import { withArena } from './arena.js';
import { runBench } from './bench.js';
import { syncContests } from './contests.js';
import { parseOptions } from './options.js';
import { psqlVersion } from './psql.js';

const version = psqlVersion();
if (!version)
  throw new Error('No psql on the PATH: without the native pipe the figure is void. Install postgresql-client.');

await runBench(
  {
    name: 'sync',
    contests: syncContests,
    within: withArena,
    circumstances: ({ rows, pairs }) => `psql ${version}, ${rows} rows, medians of ${pairs} interleaved rounds`,
  },
  parseOptions(process.argv.slice(2)),
);
