import { runBench } from './bench.js';
import { withIdentity } from './identity/identity-arena.js';
import { sessionChecks } from './identity/session-checks.js';
import { signIns } from './identity/sign-ins.js';
import { parseOptions } from './options.js';

await runBench(
  {
    name: 'identity',
    contests: [signIns, sessionChecks],
    within: withIdentity,
    circumstances: ({ pairs }) => `medians of ${pairs} interleaved rounds`,
  },
  parseOptions(process.argv.slice(2)),
);
